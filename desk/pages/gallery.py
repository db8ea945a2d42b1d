"""The gallery: every component in its states, in one page, in both languages and themes."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from counter.charts import LineChart, Plot, line_chart
from counter.pictures import (
    Cell,
    HeatRow,
    ProvinceFigure,
    SieveRow,
    StepRow,
    rungs,
    step_of,
    tile_map,
)

PRICES = {"NM": 164, "NX": 169, "GS": 170, "GZ": 176, "SC": 189, "HE": 184, "SH": 239, "BJ": 249}
CLUSTERS = {"NM", "NX", "GS", "GZ", "SC", "HE", "SH"}


def _heat() -> list[HeatRow]:
    rows = []
    for day in range(3):
        cells = []
        for hour in range(24):
            price = 144 + abs(hour - 14) * -3 + 48 - day * 4
            if day == 0 and hour < 9:
                cells.append(Cell("", reason=_("too early")))
                continue
            cells.append(
                Cell(
                    f"{price // 10}.{price % 10}",
                    step_of(price, 140, 195),
                    href=f"?start={day}-{hour}",
                    best=(day, hour) == (2, 0),
                    chosen=(day, hour) == (1, 1),
                )
            )
        rows.append(HeatRow(_("Day"), tuple(cells), str(23 + day)))
    return rows


def _chart() -> LineChart:
    paid = [(share, share * 4) for share in range(0, 101, 5)]
    damages = [(share, min(80, max(0, 97 - share) * 6)) for share in range(0, 101, 1)]
    return line_chart(
        Plot(
            series=[paid, damages],
            x_ticks=[(share, f"{share} %") for share in range(0, 101, 20)],
            y_ticks=[(value, str(value)) for value in (0, 150, 300, 450)],
            label=_("Payment and damages by the share delivered"),
            marks=[(97, _("promised 97 %"))],
            dots=[(90, 360, 1), (90, 42, 2)],
        )
    )


def _figures() -> dict[str, ProvinceFigure]:
    return {
        code: ProvinceFigure(
            value, f"{value // 10}.{value % 10}", "?", cluster=code in CLUSTERS, near=code == "SH"
        )
        for code, value in PRICES.items()
    }


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the components; the figures are invented."""
    chinese = (get_language() or "").startswith("zh")
    return TemplateResponse(
        request,
        "gallery/gallery.html",
        {
            "tiles": tile_map(_figures(), chinese=chinese),
            "hours": [f"{hour:02d}" for hour in range(24)],
            "heat": _heat(),
            "chart": _chart(),
            "bids": rungs([("19.84", "58", 58), ("19.80", "13", 13), ("19.76", "49", 49)]),
            "asks": rungs([("19.92", "57", 57), ("19.96", "29", 29), ("20.00", "58", 58)]),
            "sieve": [
                SieveRow(_("All offers in the book"), "1,142", 100, _("63 centres")),
                SieveRow(_("Inside your window"), "846", 74),
                SieveRow(_("At or under your limit"), "24", 2, _("the next asks ¥ 17.38")),
            ],
            "steps": [
                StepRow("done", _("Order"), _("filled")),
                StepRow("now", _("Delivery"), _("starts 03:00")),
                StepRow("next", _("Paid"), _("money follows the meter")),
            ],
            "trend": [16, 18, 17, 21, 20, 24, 23, 27],
            "rows": Paginator(range(180), 50).get_page(request.GET.get("page")),
            "facts": [
                (_("Bought"), "¥ 28,874.88", ""),
                (_("Still held"), "¥ 19,584.00", ""),
                (_("Held at the start"), "¥ 48,458.88", "sum"),
            ],
        },
    )
