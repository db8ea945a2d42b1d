"""What the reference book remembers, and what it refuses: one line a check."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from exchange.book import commands as say
from exchange.price import hold_micros

MODES, FIRMNESS = {"CANCEL_NEWEST", "CANCEL_OLDEST", "DECREMENT"}, {"FIRM", "RECALLABLE", "SURPLUS"}
TIMES = {"GTC", "GTD", "DAY", "IOC", "FOK", "GFA"}


@dataclass(eq=False)
class Side:
    """An order or a listing. `amount` is in its unit, or devices; `price` its limit, or ask."""

    said: Any
    amount: int
    price: int
    budget: int | None = None
    expires: int | None = None
    free: list[int] = field(default_factory=list)
    filled: int = 0
    left: int = 0  # of the hold, gross
    spent: int = 0  # gross
    start: int | None = None  # once it has traded
    arrival: int = 0
    version: int = 1
    state: str = "OPEN"

    @property
    def hours(self) -> range:
        return range(self.said.first_hour, self.said.first_hour + self.said.hours)

    def hold(self, amount: int) -> int:
        said, cap, limit = self.said, self.budget, self.price
        facts = {"unit": said.unit, "hours": said.hours, "vat_bp": said.vat_bp}
        return hold_micros(**facts, amount=amount, limit_micros=limit, budget_micros=cap)


class Refused(Exception):
    """The code, the field and the facts of a refusal."""


def refuse_if(wrong: bool, code: str, at: str = "", **facts: Any) -> None:
    if wrong:
        raise Refused(code, at, facts)


class Checks:
    def __init__(self) -> None:
        self.number = self.now_s = self.first_open = self.second = 0
        self.pools: dict[int, say.Pool] = {}
        self.links: dict[int, say.Link] = {}
        self.members: dict[int, say.Member] = {}
        self.references: dict[str, say.Reference] = {}
        self.limits: dict[int, say.Limit] = {0: say.Limit()}
        self.reserved: dict[tuple[int, int], int] = {}  # stands in auctions
        self.taken: Counter[tuple[int, int]] = Counter()  # before the book began, and sold
        self.carried: Counter[tuple[int, int]] = Counter()  # Gbit/s of links, the same
        self.kept: dict[tuple[int, int], int] = {}  # Gbit/s of links that stand in auctions
        self.available: Counter[int] = Counter()
        self.messages: Counter[int] = Counter()
        self.halts: dict[tuple[str, str], str] = {}
        self.orders: dict[int, Side] = {}
        self.listings: dict[int, Side] = {}

    def still_open(self, sides: dict[int, Side], member: int | None = None) -> list[Side]:
        found = [side for side in sides.values() if side.state == "OPEN"]
        mine = [side for side in found if member in (None, side.said.member)]
        return sorted(mine, key=lambda side: side.arrival)

    def limit_of(self, member: int) -> say.Limit:
        return self.limits.get(member, self.limits[0])

    def reference(self, listing: Side) -> say.Reference | None:
        return self.references.get(self.pools[listing.said.pool].chip)

    def check_words(self, said: Any, *words: str) -> None:
        refuse_if(not words or not set(words) <= FIRMNESS, "E-CHOICE-01", "firmness")
        refuse_if(said.self_trade not in MODES, "E-CHOICE-01", "self_trade")

    def check_buy(self, said: say.Buy) -> None:
        start, dated = said.last_hour - said.hours, said.time_in_force in ("GTD", "DAY")
        past = said.expires_s is not None and said.expires_s <= self.now_s
        lots = said.min_lot_devices != 1 and not said.splittable
        refuse_if(said.unit not in ("DEVICES", "PFLOPS"), "E-CHOICE-01", "unit")
        refuse_if(said.time_in_force not in TIMES, "E-CHOICE-01", "time_in_force")
        self.check_words(said, *said.requires.firmness)
        refuse_if(said.limit_micros % 10_000 != 0, "E-PRICE-01", "limit_micros")
        refuse_if(past or dated != (said.expires_s is not None), "E-EXPIRY-01", "expires_s")
        refuse_if(lots, "E-CONFLICT-01", "min_lot_devices")
        asks = bool(said.requires.link_gbps or said.requires.move_gb)
        plain = said.time_in_force == "FOK" and not said.splittable and not asks
        refuse_if(bool(said.not_from) and not plain, "E-CONFLICT-01", "not_from")
        refuse_if(said.last_hour * 3600 <= self.now_s, "E-WINDOW-02", "last_hour")
        refuse_if(start < said.first_hour, "E-WINDOW-03", "hours")
        refuse_if(start < self.first_open, "E-GATE-01", "last_hour")
        asks_link, at = said.requires, "link_gbps" if said.requires.link_gbps else "move_gb"
        if asks_link.link_gbps or asks_link.move_gb:
            refuse_if(not said.city or said.splittable, "E-CONFLICT-01", at)

    def check_sell(self, said: say.Sell) -> None:
        self.check_words(said, said.firmness)
        refuse_if(said.ask_micros % 10_000 != 0, "E-PRICE-01", "ask_micros")
        refuse_if(said.min_devices > said.devices, "E-RANGE-01", "min_devices")
        refuse_if(said.min_hours > said.hours, "E-RANGE-01", "min_hours")
        ends_s = (said.first_hour + said.hours) * 3600
        refuse_if(ends_s <= self.now_s, "E-WINDOW-02", "hours")
        refuse_if(said.first_hour < self.first_open, "E-GATE-01", "first_hour")

    def check_member(self, number: int, capability: str) -> None:
        member = self.members.get(number, say.Member(member=0, state="ADMITTED"))
        refuse_if(number not in self.members, "E-NOT-FOUND", "member")
        refuse_if(member.state != "ADMITTED", "E-MEMBER-01", state=member.state)
        able = capability in member.capabilities
        refuse_if(not able, "E-MEMBER-02", capability=capability)

    def check_halts(self, member: int, *chips: str) -> None:
        for key in ("MARKET", ""), ("MEMBER", str(member)), *(("CHIP", chip) for chip in chips):
            refuse_if(key in self.halts, "E-HALT-01", scope=key[0], reason=self.halts.get(key))

    def check_seller(self, member: int, number: int) -> None:
        self.check_member(member, "SELLER")
        pool = self.pools.get(number, say.Pool(pool=0, seller=0, chip="", devices=0, active=False))
        refuse_if(not pool.active or pool.seller != member, "E-POOL-01", "pool")
        self.check_halts(member, pool.chip)

    def check_size(self, member: int, micros: int, devices: int, *at: str) -> None:
        most = self.limit_of(member)
        refuse_if(micros > (most.most_order_micros or micros), "E-LIMIT-01", at[0])
        refuse_if(devices > (most.most_order_devices or devices), "E-LIMIT-02", at[1])

    def check_bid(self, order: Side) -> None:
        """Not too large; not above five times the reference of every chip that might serve."""
        said, wants, found = order.said, order.said.requires, list[tuple[int, str]]()
        devices = order.amount if said.unit == "DEVICES" else 0
        self.check_size(said.member, order.hold(order.amount), devices, "limit_micros", "amount")
        for pool in self.pools.values():
            if (
                pool.active
                and pool.chip in self.references
                and pool.family in (wants.families_allowed or [pool.family])
                and pool.chip in (wants.chips_allowed or [pool.chip])
                and pool.zone in (wants.zones_allowed or [pool.zone])
                and pool.stack == (wants.stack or pool.stack)
                and pool.memory_gb >= wants.min_memory_gb
            ):
                of = self.references[pool.chip]
                nominal = 1_000_000 if said.unit == "DEVICES" else of.nominal_gflops
                found.append((of.price_micros * 5 * 1_000_000 // nominal, pool.chip))
        bound, chip = max(found, default=(order.price, ""))
        self.check_collar(order.price > bound, "limit_micros", order.price, bound, chip)

    def check_ask(self, listing: Side) -> None:
        said, value = listing.said, listing.price * listing.amount * listing.said.hours
        self.check_size(said.member, value, listing.amount, "ask_micros", "devices")
        self.check_sold(listing, listing.price, 20)

    def check_sold(self, listing: Side, price: int, percent: int) -> None:
        """Nothing is sold below that part of the reference."""
        if (of := self.reference(listing)) is not None:
            bound, low = of.price_micros * percent // 100, price * 100 < of.price_micros * percent
            self.check_collar(low, "ask_micros", price, bound, of.chip)

    def check_collar(self, wrong: bool, at: str, price: int, bound: int, chip: str) -> None:
        refuse_if(wrong, "E-COLLAR-01", at, price_micros=price, bound_micros=bound, chip=chip)

    def check_capacity(self, listing: Side, devices: int) -> None:
        number = listing.said.pool
        others = [row for row in self.still_open(self.listings) if row.said.pool == number]
        for hour in listing.hours if devices > 0 else ():
            offered = [row.free[hour - row.hours.start] for row in others if hour in row.hours]
            free = self.pools[number].devices - self.taken[number, hour] - sum(offered)
            free -= self.reserved.get((number, hour), 0)
            short = free < devices and hour >= self.first_open
            refuse_if(short, "E-CAP-01", "devices", free=free, hour=hour)

    def check_funds(self, member: int, wanted: int) -> None:
        facts = {"wanted_micros": wanted, "available_micros": self.available[member]}
        refuse_if(wanted > self.available[member], "E-FUNDS-01", "limit_micros", **facts)

    def check_position(self, order: Side, hold: int) -> None:
        rows = self.still_open(self.orders, order.said.member)
        total = sum(row.left for row in rows if row is not order) + hold
        most = self.limit_of(order.said.member).most_open_micros
        refuse_if(total > (most or total), "E-LIMIT-03", "limit_micros")

    def check_change(self, side: Side, said: Any, at: str, *asked: int | None) -> None:
        refuse_if(said.version != side.version, "E-VERSION-01", "version", version=side.version)
        refuse_if(set(asked) == {None}, "E-CONFLICT-01", at)
