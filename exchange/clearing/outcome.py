"""The outcome of a clearing as its document: whole numbers, sorted, hashed."""

from typing import Any

import numpy as np

from exchange.clearing.arrays import Arrays
from exchange.clearing.book import Bid, digest
from exchange.clearing.bound import bound
from exchange.clearing.handing import Handed, hand_out
from exchange.clearing.kernels.shapes import Array
from exchange.clearing.placing import Floor
from exchange.clearing.pricing import Priced
from exchange.clearing.rectangles import rectangles
from exchange.clearing.rejecting import rejections
from exchange.units import GFLOPS_PER_PFLOPS

FORMAT = 1
IN_THE_MONEY = ("ALL_OR_NOTHING", "MIN_FILL", "CAPACITY", "BLOCK_OFFER")


def outcome_of(
    floor: Floor,
    hopeless: Arrays | None,
    priced: Priced,
    duals: Array,
    steps: dict[str, int],
    name: str,
) -> dict[str, Any]:
    """Return the document of what stands on the floor at its prices, and of what was set aside."""
    arrays, handed = floor.arrays, hand_out(floor, priced.flows)
    accepted = [
        _accepted(floor, int(order), priced.prices, handed)
        for order in np.flatnonzero(floor.board.way >= 0)
    ]
    whole = [arrays] if hopeless is None else [arrays, hopeless]
    executing = {row["order"] for row in accepted}
    rejected = [
        row for part in whole for row in rejections(part, floor.closed, priced.prices, executing)
    ]
    rejected.sort(key=lambda row: row["order"])
    document: dict[str, Any] = {
        "auction": arrays.book.auction,
        "format": FORMAT,
        **_prices(arrays, priced.prices, ("prices", "link_prices")),
        **_prices(arrays, duals, ("duals", "link_duals")),
        "accepted": accepted,
        "rejected": rejected,
        "closed_offers": [
            arrays.parts.offers[number].offer
            for number in np.flatnonzero(floor.closed[: len(arrays.parts.offers)])
        ],
        "welfare_micros": _welfare(floor, priced, accepted),
        "bound_micros": bound(whole, duals),
        "bound_at_prices_micros": bound(whole, priced.prices),
        "rejected_in_the_money": sum(row["reason"] in IN_THE_MONEY for row in rejected),
        "steps": steps,
    }  # fmt: skip
    document["hashes"] = {"book": name, "outcome": digest(document)}
    return document


def _prices(arrays: Arrays, prices: Array, names: tuple[str, str]) -> dict[str, Any]:
    table = prices.reshape(arrays.rows, arrays.supply.hours).tolist()
    arcs = {f"{zone}>{city}": table[row] for (zone, city), row in arrays.grounds.arcs.items()}
    return {names[0]: {code: table[row] for code, row in arrays.grounds.codes.items()},
            names[1]: arcs}  # fmt: skip


def _accepted(floor: Floor, order: int, prices: Array, handed: Handed) -> dict[str, Any]:
    arrays, hours = floor.arrays, floor.merit.hours
    way = int(floor.board.way[order])
    bid = arrays.orders[order].alternatives[way]
    nodes = len(arrays.grounds.nodes)
    placed, carried, pays, link_pays = [], [], 0, 0
    for (row, hour), devices in handed.cells[order].items():
        paid = int(prices[row * hours + hour]) * devices
        pays += paid
        if row < nodes:
            placed.append((row, hour, devices))
        else:
            carried.append((row, hour, devices))
            link_pays += paid
    moved = _moved(arrays, bid, placed)
    return {
        "order": arrays.orders[order].order,
        "alternative": way,
        "placed": [
            {"node": arrays.grounds.nodes[row].node, "devices": devices, "first_hour": first,
             "hours": length, "offer": _gang_offer(floor, order)}
            for row, devices, first, length in rectangles(placed)
        ],
        "sold_by": [
            {"offer": arrays.parts.offers[owner].offer, "devices": devices, "first_hour": first,
             "hours": length}
            for owner, devices, first, length in rectangles(handed.sellers[order])
        ],
        "carried_by": [
            {"link": arrays.parts.links[owner].link, "gbps": gbps, "first_hour": first,
             "hours": length}
            for owner, gbps, first, length in rectangles(handed.carriers[order])
        ],
        "value_micros": value_of(bid, _credited(arrays, bid, placed)),
        "pays_micros": pays + moved,
        "link_pays_micros": link_pays + moved,
    }  # fmt: skip


def _gang_offer(floor: Floor, order: int) -> int | None:
    bids = floor.arrays.bids
    for bid in range(bids.order_ptr[order], bids.order_ptr[order + 1]):
        if floor.board.offer[bid] >= 0:
            return int(floor.arrays.parts.offers[floor.board.offer[bid]].offer)
    return None


def _moved(arrays: Arrays, bid: Bid, placed: list[tuple[int, int, int]]) -> int:
    """Return what moving the order's data costs."""
    if not bid.move_gb:
        return 0
    zone = arrays.grounds.nodes[placed[0][0]].zone
    return bid.move_gb * arrays.grounds.per_gb[zone, bid.city]


def _credited(arrays: Arrays, bid: Bid, placed: list[tuple[int, int, int]]) -> list[int]:
    """Return the amount that stands in each hour of use, hour by hour."""
    by_hour: dict[int, int] = {}
    work = arrays.grounds.work[bid.workload_class]
    for row, hour, devices in placed:
        rate = 1 if bid.unit == "DEVICES" else int(arrays.places.rate[work, row])
        by_hour[hour] = by_hour.get(hour, 0) + devices * rate
    return [by_hour[hour] for hour in sorted(by_hour)]


def value_of(bid: Bid, by_hour: list[int]) -> int:
    """Return what is credited, at its limits: the highest limit first, never above the amount."""
    scale = 1 if bid.unit == "DEVICES" else GFLOPS_PER_PFLOPS
    if bid.kind != "DIVISIBLE":
        return bid.limit_micros * (sum(bid.profile) or bid.amount * bid.hours) // scale
    total, left = 0, list(by_hour)
    for limit, amount in bid.steps or ((bid.limit_micros, bid.amount),):
        most = amount * bid.hours
        credited = 0
        for number, there in enumerate(left):
            part = min(there, amount, most - credited)
            credited += part
            left[number] -= part
        total += limit * credited // scale
    return total


def _welfare(floor: Floor, priced: Priced, accepted: list[dict[str, Any]]) -> int:
    """Return value less asks, start-up costs, links as asked, and data moved."""
    parts = floor.arrays.parts
    flows = priced.flows
    part = floor.merit.part
    asked = int((flows * parts.ask[part]).sum())
    used = {int(owner) for owner in np.unique(parts.owner[part[flows > 0]])}
    start = sum(
        offer.start_up_micros for number, offer in enumerate(parts.offers) if number in used
    )
    moved, at = 0, floor.arrays.at
    for row in accepted:
        bid = floor.arrays.orders[at[row["order"]]].alternatives[row["alternative"]]
        if bid.move_gb:
            node = floor.arrays.grounds.codes[row["placed"][0]["node"]]
            moved += _moved(floor.arrays, bid, [(node, 0, 0)])
    return sum(int(row["value_micros"]) for row in accepted) - asked - start - moved
