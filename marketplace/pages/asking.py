"""What the Request page answers: the preview of the answers given, shaped for the template."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from msgspec.structs import replace as changed

from counter.pictures import Cell, HeatRow, SieveRow, step_of
from counter.templatetags.figures import yuan
from exchange.price import gross_up, hold_micros
from exchange.units import GFLOPS_PER_PFLOPS, ceil_div, half_even_div
from exchange.window import HOUR, MARKET_ZONE
from marketplace.domain.asking import Saving, Start, best_of, savings_of, up_to_tick
from marketplace.domain.order_request import OrderRequest
from marketplace.pages.sieves import sieve_rows
from marketplace.queries.heat import HeatCell
from marketplace.queries.preview import Placement, Preview, preview_order

# High enough to see every offer while no limit has been written.
ANY_PRICE_MICROS = 10**11
START = "%Y-%m-%dT%H"


@dataclass(frozen=True)
class PlacementRow:
    """A placement with what the table prints beside it."""

    place: Placement
    site: str
    price_micros: int
    landed_micros: int
    tflops: int
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """Everything that the answers' cards show."""

    request: OrderRequest
    preview: Preview
    rows: list[HeatRow]
    starts: list[Start]
    chosen: Start | None
    pinned: bool
    savings: list[Saving]
    placements: list[PlacementRow]
    sieve: list[SieveRow]
    limit_micros: int
    under_limit: int
    low: str
    high: str
    query: str
    gflop_hours: int
    devices: tuple[int, int] = (0, 0)

    @property
    def below_now_bp(self) -> int:
        """Return how far the chosen start lies below starting at once."""
        return self.savings[-1].below_bp if self.savings else 0


def start_asked(query: QueryDict) -> datetime | None:
    """Return the start that the address names, if any."""
    try:
        naive = datetime.strptime(query.get("start", ""), START).replace(tzinfo=MARKET_ZONE)
    except ValueError:
        return None
    return naive.astimezone(UTC)


def answer_to(request: OrderRequest, query: QueryDict, now: datetime) -> Answer:
    """Return the answer; a request without limit gets the price of its best start as limit.

    Refuses what place_order would refuse.
    """
    asked = start_asked(query)
    seen = request if request.limit_micros else changed(request, limit_micros=ANY_PRICE_MICROS)
    pinned = _pinned(seen, asked)
    preview = preview_order(request=pinned or seen, now=now)
    starts = _starts(request, preview)
    chosen = next((s for s in starts if pinned and s.starts_at == asked), None) or best_of(starts)
    limit = request.limit_micros or _limit_for(request, preview, chosen)
    final = changed(pinned or request, limit_micros=limit) if limit else request
    link = _link(query)
    prices = [start.price_micros for start in starts]
    low, high = (min(prices), max(prices) + 1) if prices else (0, 1)
    return Answer(
        request=final,
        preview=replace(preview, hold_micros=_hold(final, preview.vat_bp)),
        rows=_heat(request, preview, chosen, link, (low, high)),
        starts=starts,
        chosen=chosen,
        pinned=pinned is not None,
        savings=savings_of(starts),
        placements=_placements(request, preview),
        sieve=sieve_rows(preview.sieve),
        limit_micros=limit,
        under_limit=sum(1 for start in starts if start.price_micros <= limit),
        low=yuan(low),
        high=yuan(high),
        query=link,
        gflop_hours=request.amount * request.hours if request.unit == "PFLOPS" else 0,
        devices=_device_range(preview),
    )


def _pinned(request: OrderRequest, start: datetime | None) -> OrderRequest | None:
    """Return the request narrowed to one start, when that lies inside its window."""
    if start is None or not _inside(request, start):
        return None
    return changed(request, earliest=start, latest=start + request.hours * HOUR)


def _inside(request: OrderRequest, start: datetime) -> bool:
    return request.earliest <= start and start + request.hours * HOUR <= request.latest


def _starts(request: OrderRequest, preview: Preview) -> list[Start]:
    return [
        Start(cell.starts_at, cell.price_micros_per_pflops_hour)
        for row in preview.heat
        for cell in row.cells
        if cell.price_micros_per_pflops_hour is not None and _inside(request, cell.starts_at)
    ]


def _limit_for(request: OrderRequest, preview: Preview, chosen: Start | None) -> int:
    """Return the lowest limit that pays the chosen start; 0 while nothing fits."""
    if chosen is None:
        return 0
    if request.unit == "PFLOPS":
        return up_to_tick(chosen.price_micros)
    fill = next((place for place in preview.placements if place.chosen), None)
    if fill is None:
        return 0
    return up_to_tick(ceil_div(fill.landed_micros, request.amount * request.hours))


def _hold(request: OrderRequest, vat_bp: int) -> int:
    if not request.limit_micros:
        return 0
    return hold_micros(
        unit=request.unit,
        amount=request.amount,
        hours=request.hours,
        limit_micros=request.limit_micros,
        vat_bp=vat_bp,
        budget_micros=request.budget_micros,
    )


def _link(query: QueryDict) -> str:
    """Return the address of this page without its start, ready for another."""
    kept = [
        (name, value)
        for name in query
        if name not in {"start", "csrfmiddlewaretoken", "client_order_id"}
        for value in query.getlist(name)
        if value
    ]
    return urlencode(kept)


def _heat(
    request: OrderRequest,
    preview: Preview,
    chosen: Start | None,
    link: str,
    ends: tuple[int, int],
) -> list[HeatRow]:
    rows = []
    best = best_of(_starts(request, preview))
    for row in preview.heat:
        weekday, day = _day_words(row.day)
        cells = tuple(_cell(request, cell, chosen, best, link, ends) for cell in row.cells)
        rows.append(HeatRow(weekday, cells, day))
    return rows


def _day_words(day: Any) -> tuple[str, str]:
    if (get_language() or "").startswith("zh"):
        return f"周{'一二三四五六日'[day.weekday()]}", str(day.day)
    return f"{day:%a}", str(day.day)


def _cell(
    request: OrderRequest,
    cell: HeatCell,
    chosen: Start | None,
    best: Start | None,
    link: str,
    ends: tuple[int, int],
) -> Cell:
    price = cell.price_micros_per_pflops_hour
    if not _inside(request, cell.starts_at):
        return Cell("", reason=_("outside your window"))
    if price is None:
        closed = cell.reason == "GATE_CLOSED"
        return Cell("", reason=_("trading has closed") if closed else _("too few devices"))
    start = cell.starts_at.astimezone(MARKET_ZONE).strftime(START)
    return Cell(
        text=_tenths(price),
        step=step_of(price, *ends),
        href=f"?{link}&start={start}" if link else f"?start={start}",
        best=best is not None and cell.starts_at == best.starts_at,
        chosen=chosen is not None and cell.starts_at == chosen.starts_at,
    )


def _tenths(micros: int) -> str:
    tenths = half_even_div(micros, 100_000)
    return f"{tenths // 10}.{tenths % 10}" if tenths < 1_000 else str(tenths // 10)


def _compared(request: OrderRequest, place: Placement) -> int:
    """Return the price per P-hour that ranks: of the compute wanted, not of whole devices."""
    if request.unit == "PFLOPS":
        gflop_hours = min(request.amount, place.gflops) * request.hours
        return half_even_div(place.landed_micros * GFLOPS_PER_PFLOPS, gflop_hours)
    gflop_hours = place.gflops * request.hours
    return half_even_div(place.landed_micros * GFLOPS_PER_PFLOPS, gflop_hours)


def _placements(request: OrderRequest, preview: Preview) -> list[PlacementRow]:
    places = preview.placements
    if not places:
        return []
    cheapest = min(place.landed_micros for place in places)
    clean = min(place.carbon_kg for place in places)
    near = min((place.rtt_us for place in places if place.rtt_us is not None), default=None)
    chinese = (get_language() or "").startswith("zh")
    rows = []
    for place in places:
        tags = [
            (("ok", _("cheapest")), place.landed_micros == cheapest),
            (("", _("least carbon")), place.carbon_kg == clean),
            (("", _("nearest")), near is not None and place.rtt_us == near),
        ]
        per_device = place.gflops // place.devices
        rows.append(
            PlacementRow(
                place=place,
                site=place.site_zh if chinese else place.site,
                price_micros=_compared(request, place),
                landed_micros=gross_up(place.landed_micros, preview.vat_bp),
                tflops=per_device // 1_000,
                tags=tuple(tag for tag, holds in tags if holds),
            )
        )
    return rows


def _device_range(preview: Preview) -> tuple[int, int]:
    counts = [place.devices for place in preview.placements]
    return (min(counts), max(counts)) if counts else (0, 0)
