"""Commands about what auctions sold, and the laws of them."""

from typing import Protocol

from msgspec.structs import replace

from exchange.book import commands as say
from exchange.book import events as happened
from exchange.book.awards import Award, AwardedOrder, Carried, Lot
from tests.property.book_choices import TICK, Choices, Known

SELLERS = {1: 1, 2: 2, 3: 1}


def award(choose: Choices, known: Known) -> say.Said:
    """Devices stand in an auction where none do; what stands there is sold to one buyer."""
    number = choose.of((1, 2, 3))
    first = known.clock.first_open + choose.of((0, 1, 0, 2)) - choose.seldom(0, 1)
    standing = dict(known.pools[number].reserved)
    if not standing.get(first):
        return _reserve(known, number, first)
    hours = 2 if standing.get(first + 1) and choose.of((True, False)) else 1
    most = min(_spare(known, standing, number, hour) for hour in range(first, first + hours))
    if most < 1:
        return _reserve(known, number, first)
    devices = max(1, most - choose.of((0, 1, 2))) + choose.of((0, 0, 0, 0, 20))
    parts = (devices - 1, 1) if devices > 1 and choose.of((False, True)) else (devices,)
    lots = [_lot(choose, known, number, part, hours, nth) for nth, part in enumerate(parts, 1)]
    order = AwardedOrder(
        order=choose.seldom(len(known.orders) + 1, *known.orders[-3:], 1),
        first_hour=first,
        hours=choose.seldom(hours, hours + 1),
        lots=tuple(lots) if choose.seldom(True, False) else (),
    )
    return Award(
        member=choose.seldom(choose.of((4, 5, 2, 3)), 1, 9),
        orders=(order, order) if choose.seldom(False, True) else (order,),
        vat_bp=choose.of((0, 600)),
    )


def award_with_link(choose: Choices, known: Known) -> say.Said:
    """One device with a link, each where it stands in an auction; else it is put there."""
    number, wire = choose.of((1, 2, 3)), choose.of((1, 2, 3, 4))
    first = known.clock.first_open + choose.of((0, 1))
    link = known.links[wire]
    if not dict(link.reserved).get(first):
        free = [max(0, min(known.spare_gbps(wire, first + at), 2)) for at in (0, 1)]
        reserved = tuple((first + at, gbps) for at, gbps in enumerate(free) if gbps)
        return replace(link, reserved=reserved)
    standing = dict(known.pools[number].reserved)
    if not standing.get(first) or known.spare(number, first) < 1:
        return _reserve(known, number, first)
    carried = Carried(
        link=choose.seldom(wire, 9),
        carrier=choose.seldom(link.carrier, 1, 9),
        gbps=choose.of((1, 2, 1, 0)),
        gb=choose.of((0, 3)),
        first_hour=first + choose.seldom(0, 1),
        hours=1,
        price_micros_per_gbps_hour=choose.of((5, 7)) * TICK,
        price_micros_per_gb=TICK,
    )
    lot = replace(_lot(choose, known, number, 1, 1, 1), links=(carried,))
    order = AwardedOrder(order=len(known.orders) + 1, first_hour=first, hours=1, lots=(lot,))
    return Award(member=choose.of((4, 5, 2, 3)), orders=(order,), vat_bp=choose.of((0, 600)))


def _reserve(known: Known, number: int, first: int) -> say.Pool:
    """Let what is free of a pool stand in an auction for three hours."""
    pool = known.pools[number]
    free = [min(max(known.spare(number, hour), 0), 4) for hour in range(first, first + 3)]
    reserved = tuple((first + at, devices) for at, devices in enumerate(free) if devices)
    return replace(pool, reserved=reserved)


def _spare(known: Known, standing: dict[int, int], number: int, hour: int) -> int:
    return min(standing.get(hour, 0), known.spare(number, hour))


def _lot(choose: Choices, known: Known, number: int, devices: int, hours: int, nth: int) -> Lot:
    prices = choose.of(((90, 90), (90, 110), (1, 2)))[: choose.seldom(hours, 3 - hours)]
    return Lot(
        listing=choose.seldom(len(known.listings) + nth, *known.listings[-3:], 1),
        seller=choose.seldom(SELLERS[number], 2, 3),
        pool=choose.seldom(number, 9),
        devices=devices,
        prices_micros=tuple(price * TICK for price in prices),
        gflops=1_000_000,
    )


# By a command's first byte.
AWARDS = {252: award_with_link, 253: award, 254: award, 255: award}


class Market(Protocol):
    """What the laws look at, and what is remembered."""

    first_open: int
    orders: list[int]
    listings: list[int]
    members_of: dict[tuple[str, int], int]
    pools: dict[int, say.Pool]
    most: dict[int, int]
    sold: dict[tuple[int, int], int]
    members: dict[int, say.Member]
    halted: set[tuple[str, str]]
    links: dict[int, say.Link]
    widest: dict[int, int]
    carried: dict[tuple[int, int], int]


def awarded(market: Market, said: Award, events: list[happened.Happened]) -> None:
    """What an auction sold is traded whole, at its prices, by those who may, of what is there."""
    trades = [event for event in events if isinstance(event, happened.Traded)]
    lots = {lot.listing: (order, lot) for order in said.orders for lot in order.lots}
    assert sorted(lots) == sorted(trade.listing for trade in trades), "all of it, or nothing"
    for trade in trades:
        order, lot = lots[trade.listing]
        pool = market.pools[trade.pool]
        assert order.first_hour >= market.first_open
        assert (trade.devices, trade.hours) == (lot.devices, order.hours)
        assert trade.value_micros == sum(lot.devices * price for price in lot.prices_micros)
        assert trade.gross_micros * 10_000 >= trade.value_micros * (10_000 + said.vat_bp)
        assert not {("MARKET", ""), ("CHIP", pool.chip)} & market.halted
        for member in (said.member, lot.seller):
            assert market.members[member].state == "ADMITTED"
            assert ("MEMBER", str(member)) not in market.halted
        for hour in range(trade.first_hour, trade.first_hour + trade.hours):
            sold = market.sold[trade.pool, hour] + trade.devices
            market.sold[trade.pool, hour] = sold
            assert sold <= market.most[trade.pool], "no pool is oversold"
    _carried(market, said, events)
    for event in events:
        if isinstance(event, happened.Accepted):
            market.members_of[event.side, event.id] = event.member
            (market.orders if event.side == "BUY" else market.listings).append(event.id)


def _carried(market: Market, said: Award, events: list[happened.Happened]) -> None:
    """Each piece is told once after its devices' trade, by a carrier that may sell, of what is."""
    pieces = [one for order in said.orders for lot in order.lots for one in lot.links]
    links = [event for event in events if isinstance(event, happened.Linked)]
    trades = {event.number: event for event in events if isinstance(event, happened.Traded)}
    for piece, event in zip(pieces, links, strict=True):
        by_hour = piece.gbps * piece.hours * piece.price_micros_per_gbps_hour
        assert event.value_micros == by_hour + piece.gb * piece.price_micros_per_gb
        assert trades[event.traded].listing == event.listing
        assert event.carrier == market.links[event.link].carrier
        assert market.members[event.carrier].state == "ADMITTED"
        assert "CARRIER" in market.members[event.carrier].capabilities
        assert ("MEMBER", str(event.carrier)) not in market.halted
        for hour in range(event.first_hour, event.first_hour + event.hours):
            sold = market.carried[event.link, hour] + event.gbps
            market.carried[event.link, hour] = sold
            assert sold <= market.widest[event.link], "no link is oversold"
