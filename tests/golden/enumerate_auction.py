"""A third opinion for tiny books: try every acceptance, keep the best that nobody loses by.

Written on the raw JSON, apart from the clearing and from the verifier. It may be as slow as it
likes; books of a handful of orders, devices and hours are all it can do.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from tests.golden.auction_ways import Cells, Json, Option, Ways

TICK = 10_000
Loads = dict[tuple[str, int], dict[int, int]]


@dataclass
class Solution:
    """One acceptance that nobody loses by, at the prices given."""

    welfare: int
    options: tuple[Option, ...]
    loads: Loads
    prices: Cells
    arc_prices: Cells
    arc_loads: Loads


class Enumeration(Ways):
    """Every acceptance of one book."""

    def best(self) -> list[Solution]:
        """Return every acceptance of most welfare, each at prices that nobody loses by."""
        found: list[Solution] = [Solution(0, (), {}, {}, {}, {})]
        for options in self._sets([self.options_of(order) for order in self.book["orders"]]):
            for solution in self._solutions(options):
                if solution.welfare > found[0].welfare:
                    found = []
                if not found or solution.welfare == found[0].welfare:
                    found.append(solution)
        return found

    def _sets(self, ways: list[list[Option]]) -> Iterator[tuple[Option, ...]]:
        parents = {one["order"]: one.get("parent") for one in self.book["orders"]}
        for chosen in self._extend(ways, (), defaultdict(int)):
            done = {one.order for one in chosen}
            if chosen and all(parents[number] in (None, *done) for number in done):
                yield chosen

    def _extend(
        self, ways: list[list[Option]], chosen: tuple[Option, ...], used: Cells
    ) -> Iterator[tuple[Option, ...]]:
        if not ways:
            yield chosen
            return
        yield from self._extend(ways[1:], chosen, used)
        for option in ways[0]:
            now = defaultdict(int, used)
            for cell, devices in option.cells.items():
                now[cell] += devices
            if all(now[cell] <= self._room(*cell) for cell in option.cells):
                yield from self._extend(ways[1:], (*chosen, option), now)

    def _solutions(self, options: tuple[Option, ...]) -> Iterator[Solution]:
        blocks = [one["offer"] for one in self.offers if one["block"]]
        arcs = self._arcs(options)
        if arcs is None:
            return
        for size in range(len(blocks) + 1):
            for opened in combinations(blocks, size):
                loads = self._loads(options, set(blocks) - set(opened))
                if loads is not None:
                    yield from self._priced(options, loads, arcs, set(opened))

    def _arcs(self, options: tuple[Option, ...]) -> Loads | None:
        wanted: Cells = defaultdict(int)
        for option in options:
            for cell, gbps in option.gbps.items():
                wanted[cell] += gbps
        found = {}
        for (arc, hour), gbps in wanted.items():
            links = [
                one
                for one in self.links
                if f"{one['zone']}>{one['city']}" == arc and hour in one["span"]
            ]
            links.sort(key=lambda one: (one["price_micros_per_gbps_hour"], one["link"]))
            rest, load = gbps, {}
            for one in links:
                load[one["link"]] = min(rest, one["gbps"])
                rest -= load[one["link"]]
            if rest:
                return None
            found[arc, hour] = {link: some for link, some in load.items() if some}
        return found

    def _loads(self, options: tuple[Option, ...], closed: set[int]) -> Loads | None:
        gangs: Loads = defaultdict(lambda: defaultdict(int))
        loose: Cells = defaultdict(int)
        for option in options:
            for cell, devices in option.cells.items():
                if option.gang is None:
                    loose[cell] += devices
                elif option.gang in closed:
                    return None
                else:
                    gangs[cell][option.gang] += devices
        found = {}
        for cell in {*loose, *gangs}:
            load = self._cell(cell, dict(gangs[cell]), loose[cell], closed)
            if load is None:
                return None
            found[cell] = load
        return found

    def _cell(
        self, cell: tuple[str, int], load: dict[int, int], rest: int, closed: set[int]
    ) -> dict[int, int] | None:
        here = [
            one
            for one in self.offers
            if one["node"] == cell[0] and cell[1] in one["span"] and one["offer"] not in closed
        ]
        best: tuple[int, dict[int, int]] | None = None
        if any(one["least"] > 1 for one in here):
            spans = [range(load.get(one["offer"], 0), one["all"] + 1) for one in here]
            for amounts in product(*spans):
                if sum(amounts) == rest + sum(load.values()):
                    some = {o["offer"]: n for o, n in zip(here, amounts, strict=True) if n}
                    cost = sum(self.cost(one, some.get(one["offer"], 0)) for one in here)
                    whole = all(
                        n == 0 or n >= o["least"] for o, n in zip(here, amounts, strict=True)
                    )
                    if whole and (best is None or cost < best[0]):
                        best = (cost, some)
            return best[1] if best else None
        return self._by_merit(here, load, rest)

    def _by_merit(self, here: list[Json], load: dict[int, int], rest: int) -> dict[int, int] | None:
        if any(load.get(one["offer"], 0) > one["all"] for one in here):
            return None
        steps: dict[tuple[int, ...], list[tuple[Json, int]]] = defaultdict(list)
        for one in here:
            taken = load.get(one["offer"], 0)
            for ask, devices in one["steps"]:
                free = max(0, devices - max(0, taken))
                taken -= devices
                if free:
                    steps[ask, *one["merit"]].append((one, free))
        for rank in sorted(steps):
            group = sorted(steps[rank], key=lambda pair: pair[0]["tie"])
            some = min(rest, sum(free for _, free in group))
            for (one, _), part in zip(
                group, shares(some, [free for _, free in group]), strict=True
            ):
                load[one["offer"]] = load.get(one["offer"], 0) + part
            rest -= some
        return None if rest else {offer: some for offer, some in load.items() if some}

    def cost(self, offer: Json, devices: int) -> int:
        total = 0
        for ask, most in offer["steps"]:
            total += ask * min(devices, most)
            devices -= min(devices, most)
        return total

    def _priced(
        self,
        options: tuple[Option, ...],
        loads: Loads,
        arcs: Loads,
        opened: set[int],
    ) -> Iterator[Solution]:
        supply = self._supply(loads, opened)
        if supply is None:
            return
        cost, floor = supply
        link_of = {one["link"]: one for one in self.links}
        arc_prices = {
            cell: max(link_of[link]["price_micros_per_gbps_hour"] for link in load)
            for cell, load in arcs.items()
        }
        for load in arcs.values():
            cost += sum(link_of[n]["price_micros_per_gbps_hour"] * gbps for n, gbps in load.items())
        welfare = sum(one.value - one.moved for one in options) - cost
        for prices in self._candidates(floor, loads, opened):
            if self._holds(options, loads, prices, arc_prices, opened):
                yield Solution(welfare, options, loads, prices, arc_prices, arcs)
                return

    def _supply(self, loads: Loads, opened: set[int]) -> tuple[int, Cells] | None:
        """Return what sellers ask, and the dearest ask of each cell; None if a block fails."""
        by_number = {one["offer"]: one for one in self.offers}
        sold: dict[int, int] = defaultdict(int)
        cost = 0
        floor: Cells = {}
        for cell, load in loads.items():
            for number, devices in load.items():
                offer = by_number[number]
                sold[number] += devices
                cost += self.cost(offer, devices)
                last = self.cost(offer, devices) - self.cost(offer, devices - 1)
                floor[cell] = max(floor.get(cell, 0), last)
        if any(not sold[number] for number in opened):
            return None
        for number in opened:
            offer = by_number[number]
            cost += offer.get("start_up_micros", 0)
            whole = offer["all"] * offer["hours"] * offer.get("min_sold_bp", 0)
            if sold[number] * 10_000 < whole:
                return None
        return cost, floor

    def _candidates(self, floor: Cells, loads: Loads, opened: set[int]) -> Iterator[Cells]:
        yield floor
        if not any(one.get("start_up_micros") for one in self.offers if one["offer"] in opened):
            return
        cells = sorted(floor)
        choices = []
        for cell in cells:
            more = {floor[cell], *(limit for limit in self.limits if limit > floor[cell])}
            for one in self.offers:
                units = loads[cell].get(one["offer"], 0)
                if units and one.get("start_up_micros"):
                    for spread in range(1, len(cells) + 1):
                        need = -(-one["start_up_micros"] // (units * spread * TICK)) * TICK
                        more.add(one["steps"][0][0] + need)
            choices.append(sorted(price for price in more if price >= floor[cell]))
        for prices in product(*choices):
            yield dict(zip(cells, prices, strict=True))

    def _holds(
        self,
        options: tuple[Option, ...],
        loads: Loads,
        prices: Cells,
        arc_prices: Cells,
        opened: set[int],
    ) -> bool:
        gross = 10_000 + self.book.get("vat_bp", 600)
        orders = {one["order"]: one for one in self.book["orders"]}
        for option in options:
            pays = option.moved + sum(prices[cell] * some for cell, some in option.cells.items())
            pays += sum(arc_prices[cell] * some for cell, some in option.gbps.items())
            budget = orders[option.order].get("budget_micros")
            if pays > option.value or (budget is not None and pays * gross > budget * 10_000):
                return False
        for one in self.offers:
            if one["offer"] in opened:
                gain = sum(
                    prices[cell] * load[one["offer"]] - self.cost(one, load[one["offer"]])
                    for cell, load in loads.items()
                    if one["offer"] in load
                )
                if gain < one.get("start_up_micros", 0):
                    return False
        return True


def shares(total: int, weights: list[int]) -> list[int]:
    """Divide by largest remainder, ties to the earlier."""
    parts = [total * weight // sum(weights) for weight in weights]
    rest = sorted(range(len(weights)), key=lambda at: (-(total * weights[at] % sum(weights)), at))
    for at in rest[: total - sum(parts)]:
        parts[at] += 1
    return parts
