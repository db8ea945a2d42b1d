"""All open offers as one order would see them: what previews and explanations start from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from exchange.book import Offer, Want
from exchange.price import DEVICES, net_of
from exchange.requirement import Requirement, Sieve
from exchange.units import GFLOPS_PER_PFLOPS
from exchange.window import ceil_hour, floor_hour, hour_number
from marketplace.domain.checks import FIRMNESS, first_open_hour
from marketplace.domain.collar import Reference, most_bought
from marketplace.domain.order_request import OrderRequest
from marketplace.queries.links import NO_LINKS, OfferedLinks, offered_links
from marketplace.queries.offers import ANY_ASK, open_listings
from marketplace.queries.places import PoolView, pool_views
from marketplace.queries.references import references_at
from marketplace.queries.standing import gate_minutes

NOTHING = Requirement()


@dataclass(frozen=True)
class Survey:
    """The open market at one moment, seen by one order."""

    first_open: int
    offers: Sequence[Offer]
    views: dict[int, PoolView]  # by listing
    links: OfferedLinks = NO_LINKS


def survey(
    *,
    city_id: int | None,
    workload_class: str,
    last_hour: int,
    now: datetime,
    requirement: Requirement = NOTHING,
    owner: str = "",
) -> Survey:
    """Return every open offer that the collar lets trade, before `last_hour`; five statements.

    Where a link is required, each offer comes with the links of its zone: two statements more.
    """
    first_open = hour_number(first_open_hour(now, gate_minutes(now)))
    views = {view.pool_id: view for view in pool_views([(city_id, workload_class)], now=now)}
    references = references_at(now, sorted({view.chip_id for view in views.values()}))
    asks = within_collar(dict.fromkeys(views, ANY_ASK), views, references)
    rows = open_listings(asks, first_hour=first_open, last_hour=max(last_hour, first_open + 1))
    links = offered_links(city_id, now) if requirement.linked else NO_LINKS
    usable = {
        view.zone_code: links.for_order(
            view.zone_code, max_rtt_us=requirement.max_rtt_us, owner=owner
        )
        for view in views.values()
    }
    offers = [row.seen_by(views[row.pool_id], first_open) for row in rows]
    return Survey(
        first_open=first_open,
        offers=[replace(offer, links=usable[offer.place.zone]) for offer in offers]
        if requirement.linked
        else offers,
        views={row.id: views[row.pool_id] for row in rows},
        links=links,
    )


def want_from(request: OrderRequest, *, vat_bp: int, first_open: int, owner: str = "") -> Want:
    """Return what a request would want if it were placed now."""
    return Want(
        order_id=0,
        arrival=0,
        owner=owner,
        requirement=request.requirement,
        unit=request.unit,
        amount=request.amount,
        hours=request.hours,
        first_hour=max(hour_number(ceil_hour(request.earliest)), first_open),
        last_hour=hour_number(floor_hour(request.latest)),
        limit_micros=request.limit_micros,
        purse_micros=net_of(request.hold_micros(vat_bp), vat_bp),
        splittable=request.splittable,
        min_lot_devices=request.min_lot_devices,
        all_or_none=request.time_in_force == "FOK",
    )


def within_collar(
    asks: Mapping[int, int], views: Mapping[int, PoolView], references: Mapping[int, Reference]
) -> dict[int, int]:
    """Return the pools' highest asks, capped by the collar of their chips."""
    return {
        pool_id: most_bought(references.get(views[pool_id].chip_id), ask)
        for pool_id, ask in asks.items()
    }


def most_asks(want: Want, views: Iterable[PoolView]) -> dict[int, int]:
    """Return the pools that suit the order, each with the highest ask within its limit."""
    sieve = Sieve(want.requirement)
    firmness = want.requirement.firmness or frozenset(FIRMNESS)
    return {
        view.pool_id: min(
            want.limit_micros
            if want.unit == DEVICES
            else want.limit_micros * view.gflops_per_device // GFLOPS_PER_PFLOPS,
            ANY_ASK,
        )
        for view in views
        if any(sieve.passes(view.places[word]) for word in firmness)
    }
