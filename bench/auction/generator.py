"""Books of surplus computing power from a size and a seed, as docs/auction-format.md has them."""

from random import Random
from typing import Any

from bench.auction import demand, network
from bench.auction.mix import SIZES, Size
from bench.auction.sites import Sites


def generate(size: str | Size, seed: int, *, linked: bool = False) -> dict[str, Any]:
    """Return the book: the same for the same arguments. `linked` adds carriers' links.

    With links and without, sites and orders are the same.
    """
    scale = SIZES[size] if isinstance(size, str) else size
    chance = Random(seed)
    sites = Sites(scale, chance)
    orders = demand.orders(scale, chance, sites.units)
    book: dict[str, Any] = {
        "auction": f"bench {scale.orders} {seed}",
        "hours": scale.hours,
        "nodes": list(sites.nodes.values()),
        "offers": sites.offers,
        "orders": orders,
    }
    if linked:
        network.connect(orders, chance)
        zones = sorted({node["zone"] for node in sites.nodes.values()})
        book["links"] = network.links(zones, scale.orders, chance)
    return book
