"""Place and cancel buy orders, one transaction each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from accounts.actions import record_deed
from accounts.models import Member
from bench.baseline.catalogue import check_codes, city_id_of
from bench.baseline.offers import open_listings
from bench.baseline.places import Narrowing, PoolView, pool_views
from bench.baseline.references import references_at
from bench.baseline.standing import check_halts, owner_of, trading_member
from bench.baseline.trades import record_fills, release_order_hold
from bench.baseline.turn import Turn
from bench.baseline.wants import most_asks, want_of, within_collar
from exchange.book import Match, Want, match_order
from exchange.refusal import NotFound
from exchange.window import day_start, delivery_day
from ledger.actions import hold_funds
from ledger.queries import rates_at
from marketplace.domain.checks import check_client_id, check_request, check_times
from marketplace.domain.collar import Reference, check_bought, check_buy_limit
from marketplace.domain.lifecycles import CANCELLED, ORDER
from marketplace.domain.order_request import OrderRequest
from marketplace.domain.refusals import IdReused
from marketplace.models import Listing, Order

AT_ONCE = frozenset({"IOC", "FOK"})
# What an order keeps of its request, as it was sent.
LISTS = ("families_allowed", "families_excluded", "chips_allowed", "firmness", "zones_allowed")
APART = (*LISTS, "city", "limit_unit", "expires_at")
SAME = tuple(name for name in OrderRequest.__struct_fields__ if name not in APART)


@transaction.atomic(durable=True)
def place_order(
    *,
    buyer_id: int,
    client_order_id: str,
    request: OrderRequest,
    person_id: int | None = None,
    placed_by_id: int | None = None,
    now: datetime,
) -> Order:
    """Accept a buy order, hold its funds and match it at once; return it as it stands then.

    The same id with the same content returns the first order; with another content it
    is refused. Refuses by name what is malformed, closed, halted or not funded.
    """
    check_client_id(client_order_id)
    check_request(request)
    turn = Turn(now)
    content = sha256(request.canonical()).hexdigest()
    earlier = Order.objects.filter(buyer_id=buyer_id, client_order_id=client_order_id).first()
    if earlier is not None:
        if earlier.content_hash != content:
            raise IdReused(client_order_id=client_order_id)
        return earlier
    check_times(request, now=now, gate_minutes=turn.gate_minutes)
    buyer = trading_member(buyer_id, "BUYER")
    check_halts(member_id=buyer_id)
    check_codes(request)
    order = _accept(turn, buyer, client_order_id, request, content, placed_by_id)
    _match(turn, order, buyer)
    turn.finish()
    record_deed(
        verb="ORDER_PLACED",
        subject=f"order:{order.pk}",
        now=now,
        member_id=placed_by_id or buyer_id,
        person_id=person_id,
        facts={"client_order_id": client_order_id, "held_micros": order.held_micros},
    )
    return order


def _accept(
    turn: Turn,
    buyer: Member,
    client_order_id: str,
    request: OrderRequest,
    content: str,
    placed_by_id: int | None,
) -> Order:
    vat_bp = rates_at(turn.now).vat_bp
    accepted = turn.record("ORDER_ACCEPTED")
    order = Order.objects.create(
        buyer=buyer,
        placed_by_id=placed_by_id,
        client_order_id=client_order_id,
        content_hash=content,
        city_id=city_id_of(request.city),
        vat_bp=vat_bp,
        expires_at=_expiry(request, turn.now),
        held_micros=request.hold_micros(vat_bp),
        arrival=accepted.number,
        accepted_at=turn.now,
        **{name: getattr(request, name) for name in SAME},
        **{name: list(getattr(request, name)) for name in LISTS},
    )
    accepted.order_id = order.pk
    hold_funds(
        member_id=buyer.pk,
        reason=f"order:{order.pk}",
        amount_micros=order.held_micros,
        now=turn.now,
    )
    return order


def _expiry(request: OrderRequest, now: datetime) -> datetime | None:
    if request.time_in_force == "DAY":
        return day_start(delivery_day(now) + timedelta(days=1))
    return request.expires_at


def _match(turn: Turn, order: Order, buyer: Member) -> None:
    """Meet what rests; end the order if it may not rest or would trade with itself."""
    want = want_of(order, owner_of(buyer), turn.first_open)
    narrowing = Narrowing(
        families=tuple(order.families_allowed),
        chips=tuple(order.chips_allowed),
        stack=order.stack,
        zones=tuple(order.zones_allowed),
        memory_gb=order.min_memory_gb,
    )
    seen = pool_views([(order.city_id, order.workload_class)], now=turn.now, narrowing=narrowing)
    views = {view.pool_id: view for view in seen}
    references = references_at(turn.now, sorted({view.chip_id for view in seen}))
    check_buy_limit(order.unit, order.limit_micros, references.values())
    asks = most_asks(want, seen)
    match, listings = _meet(turn, want, views, within_collar(asks, views, references))
    if not match.fills:
        _check_collar(turn, want, views, asks, references)
    record_fills(
        turn,
        arrival=order.arrival,
        fills=match.fills,
        orders={order.pk: order},
        listings=listings,
        views={(order.pk, pk): views[row.pool_id] for pk, row in listings.items()},
    )
    if order.filled < order.amount:
        if match.met_itself:
            end_order(turn, order, state=CANCELLED, reason="SELF_TRADE")
        elif order.time_in_force in AT_ONCE:
            end_order(turn, order, state=CANCELLED, reason=order.time_in_force)


def _meet(
    turn: Turn, want: Want, views: dict[int, PoolView], asks: dict[int, int]
) -> tuple[Match, dict[int, Listing]]:
    """Match against the open listings at or below the asks, and fetch those that are hit."""
    resting = open_listings(asks, first_hour=want.first_hour, last_hour=want.last_hour)
    match = match_order(want, [row.seen_by(views[row.pool_id], turn.first_open) for row in resting])
    return match, Listing.objects.in_bulk({fill.listing_id for fill in match.fills})


def _check_collar(
    turn: Turn,
    want: Want,
    views: dict[int, PoolView],
    asks: dict[int, int],
    references: Mapping[int, Reference],
) -> None:
    """Refuse an order that only offers beyond the collar could fill: it would not wait for long."""
    if asks == within_collar(asks, views, references):
        return
    match, listings = _meet(turn, want, views, asks)
    for fill in match.fills:
        chip_id = views[listings[fill.listing_id].pool_id].chip_id
        check_bought(fill.price_micros, references.get(chip_id))


def end_order(turn: Turn, order: Order, *, state: str, reason: str) -> None:
    """End an open order, say why in its events, and release what remains of its hold."""
    ORDER.check(order.state, state)
    order.state = state
    order.ended_at = turn.now
    order.version += 1
    order.save(update_fields=["state", "ended_at", "version"])
    turn.record(f"ORDER_{state}", order_id=order.pk, reason=reason)
    release_order_hold(order, turn)


@transaction.atomic
def cancel_order(
    *, buyer_id: int, order_id: int, person_id: int | None = None, now: datetime
) -> Order:
    """Cancel what is open of the buyer's order and release its hold.

    Refuses an order that has ended, and one that is not the buyer's (as if there were none).
    """
    turn = Turn(now)
    order = Order.objects.filter(buyer_id=buyer_id, pk=order_id).first()
    if order is None:
        raise NotFound
    end_order(turn, order, state=CANCELLED, reason="BY_BUYER")
    turn.finish()
    record_deed(
        verb="ORDER_CANCELLED",
        subject=f"order:{order.pk}",
        now=now,
        member_id=buyer_id,
        person_id=person_id,
    )
    return order
