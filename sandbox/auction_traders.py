"""The sandbox's sellers and buyers in the next day-ahead auction: each enters once, by a hash."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from accounts.queries import members_with
from exchange.refusal import Refused
from exchange.units import TICK_MICROS
from exchange.window import hour_from, hour_number
from marketplace.actions.auctions import enter_offer, enter_order
from marketplace.domain.auctions.entries import OfferSent, OrderSent
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Auction, AuctionOffer, AuctionOrder, Pool
from marketplace.queries.references import references_at
from sandbox.market.buyers import draw, request_of
from sandbox.traces.job import DemandJob

Json = dict[str, Any]
# Of a pool's idle devices: what its seller brings to the auction, half of it at a dearer ask.
SHARE_PERCENT = 15
DEARER_PERCENT = 115
MOST_OFFERS, MOST_ORDERS = 40, 40
WAYS = ("BLOCK", "DIVISIBLE", "GANG")
# What a requirement and a bid call alike.
ALIKE = (
    "families_allowed",
    "families_excluded",
    "min_memory_gb",
    "max_rtt_us",
)


def next_auction(now: datetime) -> Auction | None:
    """Return the day-ahead auction that ends next, while it takes entries freely."""
    found = Auction.objects.filter(kind="DAY_AHEAD", state="OPEN", no_cancel_at__gt=now)
    return found.filter(opens_at__lte=now).order_by("ends_by").first()


def take_part(jobs: Iterable[DemandJob], now: datetime) -> tuple[int, int]:
    """Enter sellers' offers and buyers' orders into the next auction, each once.

    Returns how many offers and orders stand that were not there before.
    """
    auction = next_auction(now)
    if auction is None:
        return 0, 0
    return _offer(auction, now), _order(auction, jobs, now)


def _offer(auction: Auction, now: datetime) -> int:
    rows = AuctionOffer.objects.filter(auction=auction)
    known = set(rows.values_list("client_order_id", flat=True))
    references = references_at(now)
    pools = Pool.objects.filter(active=True).exclude(connector="process").select_related("site")
    new = 0
    for pool in pools.order_by("id")[:MOST_OFFERS]:
        own_id = f"traders-{auction.code}-{pool.pk}"
        if own_id in known or pool.chip_id not in references:
            continue
        sent = offer_of(pool, references[pool.chip_id].price_micros, auction.hours)
        try:
            enter_offer(
                auction_id=auction.pk,
                member_id=pool.site.owner_id,
                client_order_id=own_id,
                sent=sent,
                now=now,
            )
            new += 1
        except Refused:
            continue
    return new


def offer_of(pool: Pool, reference_micros: int, hours: int) -> OfferSent:
    """Return a seller's curve: sellers differ by 85 to 115 percent of the reference."""
    spread = 85 + pool.pk * 7 % 31
    ask = max(TICK_MICROS, reference_micros * spread // 100 // TICK_MICROS * TICK_MICROS)
    devices = max(2, (pool.devices - pool.own_use_devices) * SHARE_PERCENT // 100)
    dearer = ask * DEARER_PERCENT // 100 // TICK_MICROS * TICK_MICROS + TICK_MICROS
    steps = [(ask, devices - devices // 2), (dearer, devices // 2)]
    return OfferSent(pool_id=pool.pk, steps=steps, hours=hours)


def _order(auction: Auction, jobs: Iterable[DemandJob], now: datetime) -> int:
    rows = AuctionOrder.objects.filter(auction=auction)
    known = set(rows.values_list("client_order_id", flat=True))
    buyers = [member.pk for member in members_with("BUYER")]
    new = 0
    for own_id, job, bid in _bids(auction, jobs, now):
        if own_id in known or not buyers:
            continue
        try:
            enter_order(
                auction_id=auction.pk,
                member_id=buyers[draw(job, f"buyer {auction.code}", len(buyers))],
                client_order_id=own_id,
                sent=OrderSent(bids=[bid]),
                now=now,
            )
            new += 1
        except Refused:
            continue
    return new


def _bids(
    auction: Auction, jobs: Iterable[DemandJob], now: datetime
) -> Iterator[tuple[str, DemandJob, Json]]:
    left = MOST_ORDERS
    for job in jobs:
        request = request_of(job, now=now)
        if request.stack == "CPU":
            continue
        if not left:
            return
        left -= 1
        yield f"traders-{auction.code}-{job.job_id}", job, bid_of(job, request, auction)


def bid_of(job: DemandJob, request: OrderRequest, auction: Auction) -> Json:
    """Return what the job's owner bids: the same wishes, moved into the auction's hours.

    An auction takes no ceiling on the round trip beside a link: every other owner gives the link
    up, and what it would have paid for it stays part of the limit; the others the ceiling.
    """
    hours = min(request.hours, auction.hours)
    earliest = draw(job, f"hour {auction.code}", auction.hours - hours + 1)
    slack = hour_number(request.latest) - hour_from(request.earliest) - request.hours
    requires = {name: _plain(getattr(request, name)) for name in ALIKE if getattr(request, name)}
    kind = WAYS[draw(job, "way", len(WAYS))]
    linked = (
        request.requirement.linked
        and kind != "DIVISIBLE"
        and draw(job, "gives up the ceiling", 2) == 0
    )
    if linked:
        requires.pop("max_rtt_us", None)
    bid: Json = {
        "kind": kind,
        "unit": request.unit,
        "amount": request.amount,
        "hours": hours,
        "earliest": earliest,
        "latest": min(auction.hours, earliest + hours + slack),
        "limit_micros": request.limit_micros,
        "requires": requires,
    }
    if request.city:
        bid["city"] = request.city
    if linked:
        bid |= {"link_gbps": request.link_gbps, "move_gb": request.move_gb}
    return bid


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
