"""Every way in which one order of a tiny book may execute, from the raw JSON."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

Json = dict[str, Any]
Cells = dict[tuple[str, int], int]


@dataclass
class Option:
    """One way to execute an order."""

    order: int
    alternative: int
    cells: Cells
    value: int
    gang: int | None = None
    gbps: Cells = field(default_factory=dict)
    moved: int = 0


def alternatives(order: Json) -> list[Json]:
    return order.get("alternatives") or [order]


def gflops(bid: Json, node: Json) -> int:
    if bid.get("unit", "DEVICES") == "DEVICES":
        return 1
    rates = node.get("gflops") or {}
    return rates.get(bid.get("workload_class", "TRAINING"), 0) if rates else 1_000_000


def suits(bid: Json, node: Json) -> bool:
    asks = bid.get("requires", {})
    rtt = node.get("rtt_us", {}).get(bid.get("city", ""), 10**9)
    return (
        gflops(bid, node) > 0
        and node.get("family", "") in (asks.get("families_allowed") or [node.get("family", "")])
        and node.get("family", "") not in asks.get("families_excluded", [])
        and node.get("chip", "") in (asks.get("chips_allowed") or [node.get("chip", "")])
        and node.get("zone", "") in (asks.get("zones_allowed") or [node.get("zone", "")])
        and node.get("firmness", "") in (asks.get("firmness") or [node.get("firmness", "")])
        and node.get("stack", "") == (asks.get("stack") or node.get("stack", ""))
        and node.get("memory_gb", 0) >= asks.get("min_memory_gb", 0)
        and node.get("scale_up_gbs", 0) >= asks.get("min_scale_up_gbs", 0)
        and node.get("scale_out_gbps", 0) >= asks.get("min_scale_out_gbps", 0)
        and ("max_rtt_us" not in asks or rtt <= asks["max_rtt_us"])
    )


class Ways:
    """What each order of one book may do."""

    def __init__(self, book: Json) -> None:
        self.book, self.hours = book, book["hours"]
        self.offers = [self._offer(one) for one in book["offers"]]
        self.links = [self._window(dict(one)) for one in book.get("links", [])]
        self.nodes = {node["node"]: node for node in book["nodes"]}
        self.limits = sorted(
            {
                bid["limit_micros"]
                for o in book["orders"]
                for bid in alternatives(o)
                if "limit_micros" in bid
            }
        )

    def _window(self, one: Json) -> Json:
        one.setdefault("first_hour", 0)
        one.setdefault("hours", self.hours - one["first_hour"])
        one["span"] = range(one["first_hour"], one["first_hour"] + one["hours"])
        return one

    def _offer(self, raw: Json) -> Json:
        one = self._window(dict(raw))
        one["steps"] = one.get("steps") or [[one["ask_micros"], one["devices"]]]
        one["all"] = sum(devices for _, devices in one["steps"])
        one["least"] = one.get("min_devices", 1)
        one["block"] = bool(one.get("start_up_micros") or one.get("min_sold_bp"))
        pue, carbon = one.get("pue_thousandths", 1000), one.get("carbon_g_per_kwh", 0)
        one["merit"] = (pue, carbon)
        one["tie"] = (one.get("arrival", one["offer"]), one["offer"])
        return one

    def options_of(self, order: Json) -> list[Option]:
        found = []
        for at, bid in enumerate(alternatives(order)):
            ways = self._divisible if bid["kind"] == "DIVISIBLE" else self._whole
            for cells, value, more in ways(bid):
                found.append(Option(order["order"], at, cells, value, **more))
        return found

    def _whole(self, bid: Json) -> Iterator[tuple[Cells, int, Json]]:
        lots = bid.get("profile") or [bid["amount"]] * bid.get(
            "hours", self._latest(bid) - self._first(bid)
        )
        whole = 1_000_000 if bid.get("unit") == "PFLOPS" else 1
        value = bid["limit_micros"] * sum(lots) // whole
        for code, node in self.nodes.items():
            if not suits(bid, node):
                continue
            needs = [self._needs(bid, node, amount) for amount in lots]
            for start in range(self._first(bid), self._latest(bid) - len(lots) + 1):
                cells = {(code, start + at): need for at, need in enumerate(needs) if need}
                link = self._link(bid, node, range(start, start + len(lots)))
                if link is None:
                    continue
                for gang in self._gangs(bid, cells) if bid["kind"] == "GANG" else [None]:
                    yield cells, value, {"gang": gang, **link}

    def _first(self, bid: Json) -> int:
        return int(bid.get("earliest", 0))

    def _latest(self, bid: Json) -> int:
        return int(bid.get("latest", self.hours))

    def _needs(self, bid: Json, node: Json, amount: int) -> int:
        devices = -(-amount // gflops(bid, node))
        lot = self._lot(bid, node)
        return -(-devices // lot) * lot

    def _lot(self, bid: Json, node: Json) -> int:
        asked = bid.get("requires", {}).get("min_scale_up_gbs", 0)
        return max(1, node.get("devices_per_node", 1)) if asked else 1

    def _gangs(self, bid: Json, cells: Cells) -> list[int]:
        asks = bid.get("requires", {})
        code = next(iter(cells))[0]
        return [
            one["offer"]
            for one in self.offers
            if one["node"] == code
            and all(hour in one["span"] and need <= one["all"] for (_, hour), need in cells.items())
            and one["merit"][0] <= asks.get("max_pue_thousandths", 10**9)
            and one["merit"][1] <= asks.get("max_carbon_g_per_kwh", 10**9)
        ]

    def _link(self, bid: Json, node: Json, hours: range) -> Json | None:
        gbps, moved = bid.get("link_gbps", 0), bid.get("move_gb", 0)
        if not gbps and not moved:
            return {}
        zone, city = node.get("zone", ""), bid["city"]
        links = [one for one in self.links if (one["zone"], one["city"]) == (zone, city)]
        if not links:
            return None
        per_gb = max(one.get("price_micros_per_gb", 0) for one in links)
        cells = {(f"{zone}>{city}", hour): gbps for hour in hours} if gbps else {}
        return {"gbps": cells, "moved": per_gb * moved}

    def _divisible(self, bid: Json) -> Iterator[tuple[Cells, int, Json]]:
        parts = bid.get("steps") or [[bid["limit_micros"], bid["amount"]]]
        amount, first, latest = sum(part for _, part in parts), self._first(bid), self._latest(bid)
        hours = bid.get("hours", latest - first)
        ways = [self._hour(bid, hour, amount) for hour in range(first, latest)]
        for chosen in product(*ways):
            cells = {cell: devices for way, _, _ in chosen for cell, devices in way.items()}
            came = [got for _, got, _ in chosen]
            crumb = min((least for _, _, least in chosen if least), default=0)
            if not cells or sum(came) - crumb >= amount * hours:
                continue
            value = self._credit(bid, parts, came, hours)
            if value is not None:
                yield cells, value, {}

    def _hour(self, bid: Json, hour: int, amount: int) -> list[tuple[Cells, int, int]]:
        """List the ways of one hour: devices by node, amount that counts, smallest step of it."""
        nodes = [code for code, node in self.nodes.items() if suits(bid, node)]
        rates = [gflops(bid, self.nodes[code]) for code in nodes]
        lots = [self._lot(bid, self.nodes[code]) for code in nodes]
        room = [self._room(code, hour) for code in nodes]
        most = [
            min(free, -(-amount // rate) + lot)
            for free, rate, lot in zip(room, rates, lots, strict=True)
        ]
        found = []
        for devices in product(
            *(range(0, top + 1, lot) for top, lot in zip(most, lots, strict=True))
        ):
            steps = [
                rate * lot for rate, lot, some in zip(rates, lots, devices, strict=True) if some
            ]
            came = sum(rate * some for rate, some in zip(rates, devices, strict=True))
            if not steps or came - min(steps) < amount:
                cells = {
                    (code, hour): some for code, some in zip(nodes, devices, strict=True) if some
                }
                found.append((cells, min(came, amount), min(steps, default=0)))
        return found

    def _room(self, code: str, hour: int) -> int:
        return sum(one["all"] for one in self.offers if one["node"] == code and hour in one["span"])

    def _credit(self, bid: Json, parts: list[list[int]], came: list[int], hours: int) -> int | None:
        credited = [0] * len(parts)
        for got in came:
            rest = got
            for at, (_, amount) in enumerate(parts):
                some = min(rest, amount, amount * hours - credited[at])
                credited[at] += some
                rest -= some
        for (_, amount), got in zip(parts, credited, strict=True):
            if 0 < got * 10_000 < bid.get("min_fill_bp", 0) * amount * hours:
                return None
        whole = 1_000_000 if bid.get("unit") == "PFLOPS" else 1
        return sum(limit * got // whole for (limit, _), got in zip(parts, credited, strict=True))
