"""The what-if of an agreement: three figures, a chart and a table, from the remedies' code."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from contracts.domain.remedies import WhatIf, what_if
from contracts.domain.terms import Terms
from counter.charts import LineChart, Plot, line_chart, round_ticks
from exchange.units import MICROS_PER_YUAN

ROWS = (100, 97, 95, 92, 90, 80, 50, 0)
SHAPES = (("wide", 900, 230), ("narrow", 400, 230))


@dataclass(frozen=True)
class WhatIfView:
    """What the card shows for one delivered share (whole per cent)."""

    share: int
    chosen: WhatIf
    most: WhatIf
    rows: tuple[WhatIf, ...]
    chart: LineChart
    unit: str


def share_of(text: str, terms: Terms) -> int:
    """Return the share that was asked for, 0 to 100; five under the promise by default."""
    if text.isdecimal():
        return min(100, int(text))
    return max(0, terms.availability_bp // 100 - 5) or 90


def what_if_view(terms: Terms, share: int) -> WhatIfView:
    """Return the card for one agreement and share."""
    promised = terms.availability_bp // 100
    shares = sorted({*ROWS, promised, share}, reverse=True)
    return WhatIfView(
        share=share,
        chosen=what_if(terms, share * 100),
        most=what_if(terms, 10_000),
        rows=tuple(what_if(terms, one * 100) for one in shares),
        chart=_chart(terms, share),
        unit=_("thousand ¥") if _divisor(terms) > MICROS_PER_YUAN else "¥",
    )


def paid(result: WhatIf) -> int:
    """Return what the buyer pays for the meter, VAT included."""
    return result.value_micros + result.vat_micros


def _divisor(terms: Terms) -> int:
    full = paid(what_if(terms, 10_000))
    return 1000 * MICROS_PER_YUAN if full >= 10_000 * MICROS_PER_YUAN else MICROS_PER_YUAN


def _chart(terms: Terms, share: int) -> LineChart:
    """Draw in fen; the ticks are in yuan or thousands of yuan."""
    divisor, fen = _divisor(terms), 10_000
    curve = [(one, what_if(terms, one * 100)) for one in range(101)]
    top = paid(curve[-1][1]) // divisor
    chosen = curve[share][1]
    promised = terms.availability_bp // 100
    return line_chart(
        Plot(
            series=[
                [(one, paid(curve[one][1]) // fen) for one in (0, 100)],
                [(one, result.damages_micros // fen) for one, result in curve],
            ],
            x_ticks=[(one, f"{one} %") for one in range(0, 101, 20)],
            y_ticks=[(tick * divisor // fen, f"{tick:,}") for tick in round_ticks(0, top, 4)],
            label=_("Payment and damages against the share delivered"),
            marks=[(promised, _("promised %(share)s %%") % {"share": promised})]
            if promised
            else [],
            dots=[
                (share, paid(chosen) // fen, 1),
                (share, chosen.damages_micros // fen, 2),
            ],
            shapes=SHAPES,
        )
    )
