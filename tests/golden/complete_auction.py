"""From an acceptance to a whole outcome in JSON, as the format wants it."""

from collections import defaultdict
from collections.abc import Mapping

from exchange.verifying.bound import bound_of
from exchange.verifying.case import Case
from exchange.verifying.choosing import IN_THE_MONEY, reason_of
from exchange.verifying.outcome import read_outcome
from exchange.verifying.reading import read_book
from exchange.verifying.rows import canonical_hash
from tests.golden.auction_ways import Cells, Json, Option
from tests.golden.enumerate_auction import Loads, Solution


def completed(book: Json, solution: Solution, raised: Mapping[tuple[str, int], int] = {}) -> Json:
    """Write the outcome of a solution, some prices raised or lowered, everything else filled in."""
    prices = {**solution.prices, **raised}
    out: Json = {
        "auction": book["auction"],
        "format": 1,
        "accepted": _accepted(book, solution, prices),
        "rejected": [],
        "steps": {},
    }
    sold = {number for load in solution.loads.values() for number in load}
    out["closed_offers"] = sorted(
        one["offer"]
        for one in book["offers"]
        if (one.get("start_up_micros") or one.get("min_sold_bp")) and one["offer"] not in sold
    )
    out["prices"] = _grid(book, [node["node"] for node in book["nodes"]], prices, _asks(book, out))
    links = book.get("links", [])
    arcs = sorted({f"{one['zone']}>{one['city']}" for one in links})
    out["link_prices"] = _grid(book, arcs, solution.arc_prices, _link_asks(book))
    out["duals"], out["link_duals"] = out["prices"], out["link_prices"]
    out["welfare_micros"] = solution.welfare
    return sealed(book, judged(book, out))


def judged(book: Json, out: Json) -> Json:
    """Fill in bounds and rejections, by the verifier's own reckoning."""
    done = {one["order"] for one in out["accepted"]}
    bare = {**out, "bound_micros": 0, "bound_at_prices_micros": 0, "rejected_in_the_money": 0}
    read = read_book(book)
    case = Case(read, read_outcome(bare, read))
    rejected = []
    for order in sorted(read.orders, key=lambda order: order.number):
        if order.number not in done:
            best = case.markets.published.best(order, within_budget=True)
            rejected.append(
                {
                    "order": order.number,
                    "reason": reason_of(case, order, best),
                    "lost_surplus_micros": best.surplus_micros,
                }
            )
    return {
        **out,
        "rejected": rejected,
        "rejected_in_the_money": sum(one["reason"] in IN_THE_MONEY for one in rejected),
        "bound_micros": bound_of(case.markets.dual),
        "bound_at_prices_micros": bound_of(case.markets.published),
    }


def sealed(book: Json, out: Json) -> Json:
    """Write the hashes anew."""
    bare = {name: value for name, value in out.items() if name != "hashes"}
    return {**bare, "hashes": {"book": canonical_hash(book), "outcome": canonical_hash(bare)}}


def _accepted(book: Json, solution: Solution, prices: Cells) -> list[Json]:
    left = {cell: dict(load) for cell, load in solution.loads.items()}
    for option in solution.options:
        for cell, devices in option.cells.items():
            if option.gang is not None:
                left[cell][option.gang] -= devices
    arcs_left = {cell: dict(load) for cell, load in solution.arc_loads.items()}
    rows = [_row(option, solution, prices, left, arcs_left) for option in solution.options]
    return sorted(rows, key=lambda row: row["order"])


def _row(option: Option, solution: Solution, prices: Cells, left: Loads, arcs_left: Loads) -> Json:
    sold = []
    for cell, devices in option.cells.items():
        if option.gang is not None:
            sold.append(_rect("offer", option.gang, "devices", devices, cell[1]))
            continue
        for number in sorted(left[cell]):
            some = min(devices, left[cell][number])
            left[cell][number] -= some
            devices -= some
            if some:
                sold.append(_rect("offer", number, "devices", some, cell[1]))
    carried = []
    for cell, gbps in option.gbps.items():
        for number in sorted(arcs_left[cell]):
            some = min(gbps, arcs_left[cell][number])
            arcs_left[cell][number] -= some
            gbps -= some
            if some:
                carried.append(_rect("link", number, "gbps", some, cell[1]))
    link = option.moved + sum(solution.arc_prices[c] * gbps for c, gbps in option.gbps.items())
    pays = sum(prices[cell] * devices for cell, devices in option.cells.items())
    return {
        "order": option.order,
        "alternative": option.alternative,
        "placed": [
            {**_rect("node", node, "devices", some, hour), "offer": option.gang}
            for (node, hour), some in option.cells.items()
        ],
        "sold_by": sold,
        "carried_by": carried,
        "value_micros": option.value,
        "pays_micros": pays + link,
        "link_pays_micros": link,
    }


def _rect(key: str, number: object, amount: str, some: int, hour: int) -> Json:
    return {key: number, amount: some, "first_hour": hour, "hours": 1}


def _grid(book: Json, names: list[str], prices: Cells, lowest: Cells) -> dict[str, list[int]]:
    """Give untraded cells the lowest ask that stands there, or zero."""
    hours = range(book["hours"])
    return {
        name: [prices.get((name, hour), lowest.get((name, hour), 0)) for hour in hours]
        for name in names
    }


def _asks(book: Json, out: Json) -> Cells:
    found: Cells = defaultdict(lambda: 10**12)
    for one in book["offers"]:
        first = one.get("first_hour", 0)
        ask = one["steps"][0][0] if "steps" in one else one["ask_micros"]
        for hour in range(first, first + one.get("hours", book["hours"] - first)):
            if one["offer"] not in out["closed_offers"]:
                found[one["node"], hour] = min(found[one["node"], hour], ask)
    return dict(found)


def _link_asks(book: Json) -> Cells:
    found: Cells = defaultdict(lambda: 10**12)
    for one in book.get("links", []):
        first, arc = one.get("first_hour", 0), f"{one['zone']}>{one['city']}"
        for hour in range(first, first + one.get("hours", book["hours"] - first)):
            found[arc, hour] = min(found[arc, hour], one["price_micros_per_gbps_hour"])
    return dict(found)
