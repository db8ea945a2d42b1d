"""Links that a call auction sold with devices: checked, taken out of the auction, and told."""

from collections import defaultdict
from collections.abc import Iterator

from exchange.book.awards import Award, AwardedOrder, Carried, Lot
from exchange.book.checks import check_halts, check_standing
from exchange.book.events import Linked, Rejected
from exchange.book.seats import CARRIER
from exchange.book.state import State
from exchange.units import BP, ceil_div

# Gbit/s by link and hour.
Used = dict[int, dict[int, int]]


def gbps_by_link(said: Award) -> Used:
    """Return the Gbit/s that an award takes of each link, by hour."""
    used: Used = defaultdict(lambda: defaultdict(int))
    for _, _, carried in _pieces(said):
        for hour in range(carried.first_hour, carried.first_hour + carried.hours):
            used[carried.link][hour] += carried.gbps
    return used


def _pieces(said: Award) -> Iterator[tuple[AwardedOrder, Lot, Carried]]:
    return (
        (order, lot, carried)
        for order in said.orders
        for lot in order.lots
        for carried in lot.links
    )


def check_links(state: State, said: Award, used: Used) -> Rejected | None:
    """Refuse a link that is another's or its carrier's own to buy, and Gbit/s in no auction."""
    owner = state.seats[said.member].owner
    for order, _, carried in _pieces(said):
        if refused := _check_piece(state, order, carried, owner):
            return refused
    for link, hours in used.items():
        reserved = state.links[link].reserved
        for hour, gbps in hours.items():
            free = reserved.get(hour, 0)
            if free < gbps:
                facts = {"hour": hour, "free": free, "gbps": gbps}
                return Rejected(code="E-AWARD-01", field="gbps", facts=facts)
    return None


def _check_piece(
    state: State, order: AwardedOrder, carried: Carried, buyers_owner: str
) -> Rejected | None:
    link, seat = state.links.get(carried.link), state.seats.get(carried.carrier)
    if link is None or link.facts.carrier != carried.carrier or not (carried.gbps or carried.gb):
        return Rejected(code="E-AWARD-01", field="links")
    end = order.first_hour + order.hours
    if carried.first_hour < order.first_hour or carried.first_hour + carried.hours > end:
        return Rejected(code="E-AWARD-01", field="links")
    if refused := check_standing(seat, CARRIER):
        return refused
    assert seat is not None
    if refused := check_halts(state, seat):
        return refused
    if seat.owner == buyers_owner:
        return Rejected(code="E-SELF-01", field="member")
    return None


def link_worth(carried: Carried, vat_bp: int) -> tuple[int, int]:
    """Return net and gross value of a piece in micros."""
    by_hour = carried.gbps * carried.hours * carried.price_micros_per_gbps_hour
    value = by_hour + carried.gb * carried.price_micros_per_gb
    return value, ceil_div(value * (BP + vat_bp), BP)


def linked(
    number: int, traded: int, order: int, listing: int, carried: Carried, vat_bp: int
) -> Linked:
    """Return the event of a piece under its number; `traded` is that of its devices' trade."""
    value, gross = link_worth(carried, vat_bp)
    return Linked(
        number=number,
        traded=traded,
        order=order,
        listing=listing,
        link=carried.link,
        carrier=carried.carrier,
        gbps=carried.gbps,
        gb=carried.gb,
        first_hour=carried.first_hour,
        hours=carried.hours,
        price_micros_per_gbps_hour=carried.price_micros_per_gbps_hour,
        price_micros_per_gb=carried.price_micros_per_gb,
        value_micros=value,
        gross_micros=gross,
    )
