"""The book of an auction as docs/auction-format.md has it, members still by their own number."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from exchange.book import commands as said
from exchange.window import hour_number
from marketplace.domain.checks import WORKLOAD_CLASSES
from marketplace.models import Auction, AuctionLink, AuctionOffer, AuctionOrder, Pool
from marketplace.queries.auctions.links import book_rows, links_for
from marketplace.queries.facts import pool_facts

Json = dict[str, Any]
BAND_PARTS = 20  # rated bands of 5 %


def encoded(content: Json) -> bytes:
    """Return a file of the bundle as its bytes."""
    return (json.dumps(content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode()


def book_of_auction(
    auction: Auction, now: datetime, links: Sequence[AuctionLink] | None = None
) -> Json:
    """Return everything that stands in the auction at `now`, in the order of its arrival.

    Offers of an inactive pool or site stand in no node and are left out. `links` are the
    carriers' rows; left out, those that would stand there now.
    """
    offers = list(
        auction.offers.filter(state="ENTERED")
        .select_related("pool__site", "pool__chip")
        .order_by("arrival")
    )
    wanted = {offer.pool_id for offer in offers}
    facts = {
        pool.pool: pool
        for pool, _methods in pool_facts(now, WORKLOAD_CLASSES)
        if pool.active and (pool.pool in wanted or not wanted)
    }
    nodes: dict[str, Json] = {}
    rows = []
    if not offers:  # then nobody is served, and a book still needs a place to say so
        pools = Pool.objects.select_related("chip").in_bulk(sorted(facts)[:1])
        for pool_id, pool in pools.items():
            _join(nodes, _node(facts[pool_id], pool, "FIRM"))
    for offer in offers:
        if offer.pool_id in facts:
            node = _node(facts[offer.pool_id], offer.pool, offer.firmness)
            _join(nodes, node)
            rows.append(_offer(offer, node["node"]))
    carried = book_rows(links_for(auction) if links is None else links)
    return {
        "auction": auction.code,
        "first_hour": hour_number(auction.starts_at),
        "hours": auction.hours,
        "vat_bp": auction.vat_bp,
        "price_most_micros": auction.price_most_micros,
        "nodes": [nodes[name] for name in sorted(nodes)],
        "offers": rows,
        **({"links": carried} if carried else {}),
        "orders": _orders(auction),
    }


def _node(facts: said.Pool, pool: Pool, firmness: str) -> Json:
    """Return the node of a pool: devices of one make, rated band, fabric, zone and promise."""
    nominal = pool.chip.nominal_gflops
    rated = {name: _band(gflops, nominal) for name, gflops in sorted(facts.gflops.items())}
    figures = (facts.scale_up_gbs, facts.scale_out_gbps, facts.devices_per_node, *rated.values())
    kind = "-".join(str(figure) for figure in figures)
    return {
        "node": f"{facts.zone}/{facts.chip}/{firmness}/{kind}",
        "class": f"{facts.chip}/{kind}",
        "zone": facts.zone,
        "firmness": firmness,
        "chip": facts.chip,
        "family": facts.family,
        "stack": facts.stack,
        "memory_gb": facts.memory_gb,
        "scale_up_gbs": facts.scale_up_gbs,
        "scale_out_gbps": facts.scale_out_gbps,
        "devices_per_node": facts.devices_per_node,
        "gflops": rated,
        "rtt_us": dict(sorted(facts.rtt_us.items())),
    }


def _band(gflops: int, nominal: int) -> int:
    """Return the lower edge of a factor's band; nobody is promised more than a device does."""
    return max(1, gflops * BAND_PARTS // nominal * nominal // BAND_PARTS) if nominal else gflops


def _join(nodes: dict[str, Json], node: Json) -> None:
    """Put a pool into its node: the longest round trip of its sites, where all have one."""
    found = nodes.setdefault(node["node"], node)
    both: Mapping[str, int] = {
        city: max(micros, node["rtt_us"][city])
        for city, micros in found["rtt_us"].items()
        if city in node["rtt_us"]
    }
    found["rtt_us"] = dict(both)


def _offer(offer: AuctionOffer, node: str) -> Json:
    site = offer.pool.site
    return {
        "offer": offer.arrival,
        "node": node,
        "seller": offer.seller_id,
        "site": site.code,
        "arrival": offer.arrival,
        "first_hour": offer.first_hour,
        "hours": offer.hours,
        "steps": offer.steps,
        "min_devices": offer.min_devices,
        "pue_thousandths": site.pue_thousandths,
        "carbon_g_per_kwh": site.carbon_g_per_kwh,
        "start_up_micros": offer.start_up_micros,
        "min_sold_bp": offer.min_sold_bp,
    }


def _orders(auction: Auction) -> list[Json]:
    """Return the orders; whose parent is cancelled cannot be, since a parent waits for its own."""
    return [_order(order) for order in _entered(auction)]


def _entered(auction: Auction) -> list[AuctionOrder]:
    rows = auction.orders.filter(state="ENTERED").select_related("parent")
    return list(rows.order_by("arrival"))


def _order(order: AuctionOrder) -> Json:
    row: Json = {
        "order": order.arrival,
        "buyer": order.buyer_id,
        "arrival": order.arrival,
        "alternatives": order.bids,
    }
    if order.parent is not None:
        row["parent"] = order.parent.arrival
    if order.budget_micros is not None:
        row["budget_micros"] = order.budget_micros
    return row
