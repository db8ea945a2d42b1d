"""The price of starting at each hour of the next seven days."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from exchange.book import Offer, Want
from exchange.book.fit import block_fits, cheapest_link, devices_for, free_runs
from exchange.book.order import lots_by_start
from exchange.price import DEVICES, within_limit
from exchange.requirement import Sieve
from exchange.units import GFLOPS_PER_PFLOPS, half_even_div
from exchange.window import delivery_day, hour_number, hour_of_day, hour_start

HEAT_DAYS = 7
NO_LIMIT = 10**15


@dataclass(frozen=True)
class HeatCell:
    """What starting at an hour costs per PFLOPS-hour; None with the reason when it cannot be.

    `within_limit` and `inside_window` say whether this order would start there.
    """

    starts_at: datetime
    price_micros_per_pflops_hour: int | None
    reason: str
    within_limit: bool
    inside_window: bool


@dataclass(frozen=True)
class HeatRow:
    """One delivery day of 24 starts."""

    day: date
    cells: tuple[HeatCell, ...]


def heat_of(want: Want, offers: Sequence[Offer], *, first_open: int) -> tuple[HeatRow, ...]:
    """Return seven delivery days of cells, for starts inside and outside the order's window."""
    begin = first_open - hour_of_day(hour_start(first_open))
    end = begin + HEAT_DAYS * 24
    wide = replace(want, first_hour=first_open, last_hour=end + want.hours)
    sieve = Sieve(want.requirement)
    eligible = [offer for offer in offers if sieve.passes(offer.place)]
    prices = _in_lots(wide, eligible) if want.splittable else _at_one_site(wide, eligible)
    if want.requirement.linked:
        prices = _with_links(wide, eligible)
    cells = [_cell(want, hour, prices.get(hour), first_open) for hour in range(begin, end)]
    return tuple(
        HeatRow(delivery_day(cells[index].starts_at), tuple(cells[index : index + 24]))
        for index in range(0, len(cells), 24)
    )


# Net value of the whole order and the GFLOPS it is compared on, by start.
Price = tuple[int, int]


def _at_one_site(want: Want, offers: Sequence[Offer]) -> dict[int, Price]:
    """Cheapest offers first; each start takes the first that has the devices free."""
    ranked = sorted(
        (
            (offer.ask_micros * devices * want.hours, index, devices)
            for index, offer in enumerate(offers)
            if block_fits(want, offer, devices := devices_for(want, offer, want.amount))
        ),
    )
    prices: dict[int, Price] = {}
    starts = len(want.starts())
    for value, index, devices in ranked:
        offer = offers[index]
        for start, free in free_runs(want, offer):
            if free >= devices and start not in prices:
                prices[start] = (value, _gflops(want, offer))
        if len(prices) == starts:
            break
    return prices


def _with_links(want: Want, offers: Sequence[Offer]) -> dict[int, Price]:
    """For each start, the lowest landed total: devices with the cheapest link of their zone."""
    prices: dict[int, Price] = {}
    links: dict[tuple[str, int], int | None] = {}
    for offer in offers:
        devices = devices_for(want, offer, want.amount)
        if not block_fits(want, offer, devices):
            continue
        value, gflops = offer.ask_micros * devices * want.hours, _gflops(want, offer)
        for start, free in free_runs(want, offer):
            if free < devices:
                continue
            key = offer.place.zone, start
            if key not in links:
                link = cheapest_link(want, offer, start)
                links[key] = None if link is None else want.link_micros(link)
            cost = links[key]
            if cost is not None and (start not in prices or value + cost < prices[start][0]):
                prices[start] = value + cost, gflops
    return prices


def _in_lots(want: Want, offers: Sequence[Offer]) -> dict[int, Price]:
    """For each start, what whole lots would cost, whatever the limit."""
    rich = replace(want, limit_micros=NO_LIMIT, purse_micros=NO_LIMIT, owner="")
    by_listing = {offer.listing_id: offer for offer in offers}
    prices: dict[int, Price] = {}
    for start, match in lots_by_start(rich, offers):
        if sum(fill.credited for fill in match.fills) < want.amount:
            continue
        gflops = sum(
            fill.devices * by_listing[fill.listing_id].gflops_per_device for fill in match.fills
        )
        wanted = gflops if want.unit == DEVICES else want.amount
        prices[start] = (sum(fill.value_micros for fill in match.fills), wanted)
    return prices


def _gflops(want: Want, offer: Offer) -> int:
    return want.amount * offer.gflops_per_device if want.unit == DEVICES else want.amount


def _cell(want: Want, hour: int, price: Price | None, first_open: int) -> HeatCell:
    inside = want.first_hour <= hour <= want.last_hour - want.hours
    if hour < first_open:
        return HeatCell(
            hour_start(hour), None, "GATE_CLOSED", within_limit=False, inside_window=False
        )
    if price is None:
        return HeatCell(
            hour_start(hour), None, "NO_CAPACITY", within_limit=False, inside_window=inside
        )
    value, gflops = price
    affordable = value <= want.purse_micros and within_limit(
        value_micros=value,
        unit=want.unit,
        credited=want.amount,
        hours=want.hours,
        limit_micros=want.limit_micros,
    )
    reason = "" if affordable and inside else "ABOVE_LIMIT" if inside else "OUTSIDE_WINDOW"
    shown = half_even_div(value * GFLOPS_PER_PFLOPS, gflops * want.hours)
    return HeatCell(hour_start(hour), shown, reason, within_limit=affordable, inside_window=inside)


def hours_shown(now: datetime) -> int:
    """Return the last hour that a heat map looks at, for an order of any length."""
    return hour_number(now) + (HEAT_DAYS + 1) * 24
