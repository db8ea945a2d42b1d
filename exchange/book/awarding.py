"""What a call auction sold becomes trades of the market, at the auction's prices."""

from collections import defaultdict
from collections.abc import Iterator

from exchange.book.awards import Award, AwardedOrder, Lot
from exchange.book.carrying import check_links, gbps_by_link, link_worth, linked
from exchange.book.checks import check_halts, check_standing, halted
from exchange.book.events import BUY, SELL, Accepted, Ended, Happened, Rejected, Traded
from exchange.book.seats import BUYER, SELLER
from exchange.book.state import State
from exchange.book.trading import FILLED, SOLD
from exchange.units import BP


def award(state: State, said: Award) -> list[Happened]:
    """Sell what the auction awarded to one buyer, or refuse all of it; `available` stays."""
    sold, carried = _sold_by_pool(said), gbps_by_link(said)
    refused = (
        _check_buyer(state, said)
        or _check_sellers(state, said, sold)
        or check_links(state, said, carried)
    )
    if refused is not None:
        return [refused]
    happened: list[Happened] = []
    for order in said.orders:
        _trade(state, happened, said, order)
    for pool, hours in sorted(sold.items()):
        state.stocks[pool].sell_reserved(hours)
    for link, hours in sorted(carried.items()):
        state.links[link].sell_reserved(hours)
    return happened


def _lots(said: Award) -> Iterator[tuple[AwardedOrder, Lot]]:
    return ((order, lot) for order in said.orders for lot in order.lots)


def _sold_by_pool(said: Award) -> dict[int, dict[int, int]]:
    sold: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for order, lot in _lots(said):
        for hour in range(order.first_hour, order.first_hour + order.hours):
            sold[lot.pool][hour] += lot.devices
    return sold


def _check_buyer(state: State, said: Award) -> Rejected | None:
    """Refuse a buyer who may not trade, closed hours, a form that is wrong, a used number."""
    seat = state.seats.get(said.member)
    if refused := check_standing(seat, BUYER):
        return refused
    assert seat is not None
    if refused := check_halts(state, seat):
        return refused
    if not said.orders or any(not order.lots for order in said.orders):
        return Rejected(code="E-AWARD-01", field="orders")
    for order, lot in _lots(said):
        if order.first_hour < state.first_open:
            return Rejected(code="E-GATE-01", field="first_hour", facts={"first": state.first_open})
        if len(lot.prices_micros) != order.hours:
            return Rejected(code="E-AWARD-01", field="prices_micros")
    return _check_numbers(state, said)


def _check_numbers(state: State, said: Award) -> Rejected | None:
    orders = [order.order for order in said.orders]
    listings = [lot.listing for _, lot in _lots(said)]
    for field, numbers, known in (
        ("order", orders, (state.orders, state.ended_orders)),
        ("listing", listings, (state.listings, state.ended_listings)),
    ):
        if len(set(numbers)) < len(numbers) or any(n in seen for n in numbers for seen in known):
            return Rejected(code="E-IDEM-01", field=field)
    return None


def _check_sellers(state: State, said: Award, sold: dict[int, dict[int, int]]) -> Rejected | None:
    """Refuse a pool that is another's or halted, and devices that stand in no auction."""
    owner = state.seats[said.member].owner
    for _, lot in _lots(said):
        if refused := _check_seller(state, lot, owner):
            return refused
    for pool, hours in sold.items():
        reserved = dict(state.stocks[pool].facts.reserved)
        for hour, devices in hours.items():
            free = reserved.get(hour, 0)
            if free < devices:
                facts = {"hour": hour, "free": free, "devices": devices}
                return Rejected(code="E-CAP-01", field="devices", facts=facts)
    return None


def _check_seller(state: State, lot: Lot, buyers_owner: str) -> Rejected | None:
    seat, stock = state.seats.get(lot.seller), state.stocks.get(lot.pool)
    if refused := check_standing(seat, SELLER):
        return refused
    assert seat is not None
    if stock is None or stock.seller != lot.seller:
        return Rejected(code="E-POOL-01", field="pool")
    if refused := check_halts(state, seat):
        return refused
    if stock.chip.halt is not None:
        return halted("CHIP", stock.chip.halt)
    if seat.owner == buyers_owner:
        return Rejected(code="E-SELF-01", field="member")
    return None


def _trade(state: State, happened: list[Happened], said: Award, order: AwardedOrder) -> None:
    """Tell the order, what serves it, and their ends: nothing of it ever rests."""
    worth = [_worth(lot, said.vat_bp) for lot in order.lots]
    arrival = state.number = state.number + 1
    held = sum(gross for _, gross in worth)
    held += sum(link_worth(one, said.vat_bp)[1] for lot in order.lots for one in lot.links)
    happened.append(
        Accepted(number=arrival, side=BUY, id=order.order, member=said.member, held_micros=held)
    )
    for lot, (value, gross) in zip(order.lots, worth, strict=True):
        state.number += 1
        happened.append(Accepted(number=state.number, side=SELL, id=lot.listing, member=lot.seller))
        state.number += 1
        traded = state.number
        happened.append(_traded(traded, arrival, order, lot, value=value, gross=gross))
        for one in lot.links:
            state.number += 1
            happened.append(
                linked(state.number, traded, order.order, lot.listing, one, said.vat_bp)
            )
        state.number += 1
        happened.append(Ended(number=state.number, side=SELL, id=lot.listing, state=SOLD))
        state.ended_listings[lot.listing] = state.seats[lot.seller].ended(SOLD)
    state.number += 1
    happened.append(Ended(number=state.number, side=BUY, id=order.order, state=FILLED))
    state.ended_orders[order.order] = state.seats[said.member].ended(FILLED)


def _worth(lot: Lot, vat_bp: int) -> tuple[int, int]:
    """Return net and gross value in micros."""
    value = lot.devices * sum(lot.prices_micros)
    return value, -(-value * (BP + vat_bp) // BP)


def _traded(
    number: int, arrival: int, order: AwardedOrder, lot: Lot, *, value: int, gross: int
) -> Traded:
    prices = lot.prices_micros
    return Traded(
        number=number,
        arrival=arrival,
        order=order.order,
        listing=lot.listing,
        pool=lot.pool,
        devices=lot.devices,
        first_hour=order.first_hour,
        hours=order.hours,
        price_micros=sum(prices) // order.hours,
        credited=lot.devices,
        gflops_per_device=lot.gflops,
        value_micros=value,
        gross_micros=gross,
        prices_micros=prices if len(set(prices)) > 1 else (),
    )
