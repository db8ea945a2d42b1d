"""An auction's outcome at the market: what one order was awarded becomes its trades."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from msgspec.structs import replace

from exchange.book.awards import Award, AwardedOrder, Carried, Lot
from exchange.book.events import BUY, Accepted, Happened, Linked, Rejected, Traded
from exchange.book.stock import less
from exchange.window import hour_start
from marketplace.actions.answers import refusal_of
from marketplace.actions.buying import note_deed
from marketplace.actions.memory import Memory
from marketplace.actions.rows import OrderRow
from marketplace.actions.standing import OpenListing, OpenOrder
from marketplace.domain import entry as entries
from marketplace.domain.auctions.restated import as_filled
from marketplace.domain.entry import Answer, Awarded

# Order number, its awards, and the number of the listing that each is told under.
Part = tuple[int, list[tuple[int, Awarded]]]


def award(market: Memory, entry: entries.AwardOrder) -> Answer:
    """Trade all that an order of an auction was awarded, at the auction's prices, or refuse it.

    Awards of the same hours are the lots of one order, which stands here as it was filled. The
    auction's hold is returned, and each trade paid out of it, in the same commit.
    """
    parts = [
        (market.numbers.take("order"), [(market.numbers.take("listing"), one) for one in together])
        for together in _by_hours(entry.awards)
    ]
    happened = market.say(_command(entry, parts))
    if isinstance(happened[0], Rejected):
        _give_back(market, parts)
        raise refusal_of(happened[0], **market.known_of_pool(entry.awards[0].pool))
    # Of the buyer's side: a listing may have the number of an order that it fills.
    held = {e.id: e.held_micros for e in happened if isinstance(e, Accepted) and e.side == BUY}
    for index, part in enumerate(parts, 1):
        _lay(market, entry, part, index=index, held_micros=held[part[0]])
    turn = market.turn
    turn.postings.free(member_id=entry.member, reason=entry.held_reason, micros=entry.held_micros)
    before, links_before = len(turn.trades), len(turn.links.trades)
    turn.hear(happened)
    for (_listing, one), trade in zip(_lots(parts), turn.trades[before:], strict=True):
        turn.awards.mark(one.award, trade.id)
    carried = (link for _listing, one in _lots(parts) for link in one.links)
    for link, sold in zip(carried, turn.links.trades[links_before:], strict=True):
        turn.awards.mark_link(link.award, sold["id"])
    turn.awards.mark_order(entry.auction_order)
    _leave_auction(market, happened)
    first = parts[0][0]
    note_deed(market, entry, "AUCTION_ORDER_TRADED", f"auction-order:{entry.auction_order}")
    return Answer(id=first, state="FILLED", number=market.book.number)


def _by_hours(awards: tuple[Awarded, ...]) -> list[list[Awarded]]:
    found: dict[tuple[int, int], list[Awarded]] = defaultdict(list)
    for one in awards:
        found[(one.first_hour, len(one.prices_micros))].append(one)
    return [found[key] for key in sorted(found)]


def _lots(parts: list[Part]) -> Iterator[tuple[int, Awarded]]:
    return (lot for _, lots in parts for lot in lots)


def _command(entry: entries.AwardOrder, parts: list[Part]) -> Award:
    return Award(
        member=entry.member,
        vat_bp=entry.vat_bp,
        orders=tuple(
            AwardedOrder(
                order=order,
                first_hour=lots[0][1].first_hour,
                hours=len(lots[0][1].prices_micros),
                lots=tuple(
                    Lot(
                        listing=listing,
                        seller=one.seller,
                        pool=one.pool,
                        devices=one.devices,
                        prices_micros=one.prices_micros,
                        gflops=one.gflops,
                        links=tuple(map(_carried, one.links)),
                    )
                    for listing, one in lots
                ),
            )
            for order, lots in parts
        ),
    )


def _carried(link: entries.LinkAwarded) -> Carried:
    return Carried(
        link=link.link,
        carrier=link.carrier,
        gbps=link.gbps,
        gb=link.gb,
        first_hour=link.first_hour,
        hours=link.hours,
        price_micros_per_gbps_hour=link.price_micros_per_gbps_hour,
        price_micros_per_gb=link.price_micros_per_gb,
    )


def _give_back(market: Memory, parts: list[Part]) -> None:
    for order, lots in reversed(parts):
        for listing, _ in reversed(lots):
            market.numbers.give_back("listing", listing)
        market.numbers.give_back("order", order)


def _lay(
    market: Memory, entry: entries.AwardOrder, part: Part, *, index: int, held_micros: int
) -> None:
    """Lay the order and what serves it where the book's events find them."""
    order_id, lots = part
    request = as_filled(entry.request, [one for _, one in lots], held_micros=held_micros)
    own_id = entry.client_order_id if index == 1 else f"{entry.client_order_id}:{index}"
    market.orders[order_id] = OpenOrder(
        id=order_id,
        buyer=entry.member,
        vat_bp=entry.vat_bp,
        workload_class=request.workload_class,
        amount=request.amount,
        limit_micros=request.limit_micros,
        budget_micros=request.budget_micros,
        expires_at=None,
        held_micros=held_micros,
        arrival=0,
    )
    city = None if request.city is None else market.facts.cities[request.city]
    row = OrderRow(
        order_id, entry.member, own_id, market.content, entry.vat_bp, entry.placed_by, city
    )
    market.turn.new_orders[order_id] = (request.canonical(), row)
    for listing_id, one in lots:
        _lay_listing(market, listing_id, one, own_id=f"{own_id}:A{one.award}")


def _lay_listing(market: Memory, listing_id: int, one: Awarded, *, own_id: str) -> None:
    hours = len(one.prices_micros)
    price = sum(one.prices_micros) // hours
    market.listings[listing_id] = OpenListing(
        id=listing_id,
        seller=one.seller,
        pool=one.pool,
        first_hour=one.first_hour,
        devices=one.devices,
        ask_micros=price,
        free=[one.devices] * hours,
        arrival=0,
    )
    market.turn.new_listings[listing_id] = {
        "id": listing_id,
        "seller_id": one.seller,
        "pool_id": one.pool,
        "client_order_id": own_id,
        "content_hash": market.content,
        "accepted_at": market.now,
        "starts_at": hour_start(one.first_hour),
        "ends_at": hour_start(one.first_hour) + timedelta(hours=hours),
        "min_devices": 1,
        "min_hours": 1,
        "firmness": one.firmness,
        "recall_notice_minutes": one.recall_notice_minutes,
    }


def _leave_auction(market: Memory, happened: list[Happened]) -> None:
    """Let the facts say what the book did: what is sold no longer is reserved."""
    sold: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    carried: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for event in happened:
        if isinstance(event, Traded):
            for hour in range(event.first_hour, event.first_hour + event.hours):
                sold[event.pool][hour] += event.devices
            market.turn.awards.leave(event.pool, event.first_hour, event.hours, event.devices)
        elif isinstance(event, Linked):
            for hour in range(event.first_hour, event.first_hour + event.hours):
                carried[event.link][hour] += event.gbps
            market.turn.awards.leave_link(event.link, event.first_hour, event.hours, event.gbps)
    for pool, hours in sold.items():
        facts = market.facts.pools[pool]
        market.facts.pools[pool] = replace(facts, reserved=less(facts.reserved, hours))
    for link, hours in carried.items():
        offered = market.facts.links[link]
        market.facts.links[link] = replace(offered, reserved=less(offered.reserved, hours))
