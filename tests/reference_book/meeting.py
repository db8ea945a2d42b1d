"""How the reference book's sides meet: it calls the pure matcher with everything there is."""

from collections import Counter
from typing import Any

from msgspec.structs import asdict

from exchange.book import Fill, Offer, Want, match_listing, match_order
from exchange.book import commands as say
from exchange.book import events as happened
from exchange.price import gross_up, net_of
from exchange.requirement import Place, Requirement
from tests.reference_book.checks import Listing, Order, check_price, refuse_collar


class Meeting:
    def __init__(self) -> None:
        self.number = self.now_s = self.first_open = self.second = 0
        self.pools: dict[int, say.Pool] = {}
        self.members: dict[int, say.Member] = {}
        self.references: dict[str, say.Reference] = {}
        self.limits: dict[int, say.Limit] = {0: say.Limit()}
        self.facts: dict[type, dict[Any, Any]] = {say.Pool: self.pools, say.Limit: self.limits}
        self.facts |= {say.Member: self.members, say.Reference: self.references}
        self.taken: Counter[tuple[int, int]] = Counter()  # before the book began, and sold
        self.available: Counter[int] = Counter()
        self.messages: Counter[int] = Counter()
        self.halts: dict[tuple[str, str], str] = {}
        self.orders: dict[int, Order] = {}
        self.listings: dict[int, Listing] = {}
        self.events: list[happened.Happened] = []

    def still_open(self, sides: dict[int, Any], member: int | None = None) -> list[Any]:
        found = [side for side in sides.values() if side.state == "OPEN"]
        mine = [side for side in found if member in (None, side.said.member)]
        return sorted(mine, key=lambda side: side.arrival)

    def owner(self, member: int) -> str:
        return self.members[member].owner or f"member:{member}"

    def trades(self, member: int) -> bool:
        halted = ("MEMBER", str(member)) in self.halts
        return self.members[member].state == "ADMITTED" and not halted

    def emit(self, kind: Any, **facts: Any) -> int:
        self.number += 1
        self.events.append(kind(number=self.number, **facts))
        return self.number

    def hold(self, side: Order | Listing, left: int) -> None:
        self.available[side.said.member] += side.left - left
        side.left = left

    def end(self, side: Order | Listing, state: str, reason: str = "") -> None:
        facts = {"side": side.kind, "id": side.id, "released_micros": side.left}
        self.hold(side, 0)
        side.state = state
        self.emit(happened.Ended, **facts, state=state, reason=reason)

    # What an order and a listing see of each other.

    def want(self, order: Order, mode: str) -> Want:
        said, asked = order.said, asdict(order.said.requires)
        sets = {name: frozenset(of) for name, of in asked.items() if isinstance(of, tuple)}
        return Want(
            order_id=said.order,
            arrival=order.arrival,
            owner=self.owner(said.member) if mode == "CANCEL_NEWEST" else "",
            requirement=Requirement(**asked | sets),
            unit=said.unit,
            amount=order.amount - order.filled,
            hours=said.hours,
            first_hour=max(said.first_hour, self.first_open),
            last_hour=said.last_hour,
            limit_micros=order.limit,
            purse_micros=net_of(order.left, said.vat_bp),
            splittable=said.splittable,
            min_lot_devices=said.min_lot_devices,
            all_or_none=said.time_in_force == "FOK",
            fixed_start=order.start,
        )

    def offer(self, listing: Listing, order: Order) -> Offer:
        said, pool = listing.said, self.pools[listing.said.pool]
        cut = max(self.first_open - said.first_hour, 0)
        seen: dict[str, Any] = {name: getattr(pool, name, None) for name in Place.__match_args__}
        seen |= {"rtt_us": pool.rtt_us.get(order.said.city), "firmness": said.firmness}
        seen["link_gbps"] = pool.link_gbps.get(order.said.city, 0)
        return Offer(
            listing_id=said.listing,
            arrival=listing.arrival,
            owner=self.owner(said.member),
            ask_micros=listing.ask,
            first_hour=said.first_hour + cut,
            free=tuple(listing.free[cut:]),
            gflops_per_device=self.factor(listing, order),
            place=Place(**seen),
            devices_per_node=pool.devices_per_node,
            min_devices=said.min_devices,
            min_hours=said.min_hours,
        )

    def factor(self, listing: Listing, order: Order) -> int:
        pool = self.pools[listing.said.pool]
        known = self.references.get(pool.chip)
        nominal = known.nominal_gflops if known else 0
        return pool.gflops.get(order.said.workload_class, nominal)

    def bound(self, listing: Listing) -> float:
        known = self.references.get(self.pools[listing.said.pool].chip)
        return known.price_micros * 110 // 100 if known else float("inf")

    def offers(self, order: Order, *, collar: bool = True) -> list[Offer]:
        return [
            self.offer(listing, order)
            for listing in self.still_open(self.listings)
            if (pool := self.pools[listing.said.pool]).active
            and self.trades(listing.said.member)
            and ("CHIP", pool.chip) not in self.halts
            and (listing.ask <= self.bound(listing) or not collar)
            and (self.factor(listing, order) or order.said.unit == "DEVICES")
        ]

    # The arriving side meets all that rests.

    def meet_listings(self, order: Order, number: int) -> None:
        if order.said.time_in_force == "GFA":
            return
        mode, now_or_never = order.said.self_trade, order.said.time_in_force in ("IOC", "FOK")
        again = met_itself = True
        while again and order.amount > order.filled:
            match = match_order(self.want(order, mode), self.offers(order))
            met_itself = match.met_itself
            if self.number == number and not match.fills and not met_itself:
                self.check_collar(order, mode)
            own = [fill for fill in match.fills if self.same(fill)]
            if own and mode == "CANCEL_OLDEST" and order.said.time_in_force == "FOK":
                self.end(self.listings[own[0].listing_id], "WITHDRAWN", "SELF_TRADE")
                continue
            again = self.walk(match.fills, mode, number, order)
        if order.state == "OPEN" and met_itself:
            self.end(order, "CANCELLED", "SELF_TRADE")
        elif order.state == "OPEN" and now_or_never:
            self.end(order, "CANCELLED", order.said.time_in_force)

    def check_collar(self, order: Order, mode: str) -> None:
        for fill in match_order(self.want(order, mode), self.offers(order, collar=False)).fills:
            listing = self.listings[fill.listing_id]
            if fill.price_micros > (bound := self.bound(listing)):
                chip = self.pools[listing.said.pool].chip
                refuse_collar("limit_micros", fill.price_micros, int(bound), chip)

    def meet_orders(self, listing: Listing, arrival: int) -> None:
        mode, again, met_itself = listing.said.self_trade, True, False
        while again and any(listing.free):
            pairs = [
                (self.want(order, mode), self.offer(listing, order))
                for order in self.still_open(self.orders)
                if order.said.time_in_force != "GFA"
                and self.trades(order.said.member)
                and (self.factor(listing, order) or order.said.unit == "DEVICES")
            ]
            match = match_listing(pairs)
            again, met_itself = self.walk(match.fills, mode, arrival), match.met_itself
        if listing.state == "OPEN" and met_itself:
            self.end(listing, "WITHDRAWN", "SELF_TRADE")

    def same(self, fill: Fill) -> bool:
        order, listing = self.orders[fill.order_id], self.listings[fill.listing_id]
        return self.owner(order.said.member) == self.owner(listing.said.member)

    def walk(
        self, fills: tuple[Fill, ...], mode: str, arrival: int, aggressor: Order | None = None
    ) -> bool:
        """Tell whether to match again, since something of the owner's own was in the way."""
        for fill in fills:
            order, listing = self.orders[fill.order_id], self.listings[fill.listing_id]
            if not self.same(fill):
                if aggressor is None:
                    known = self.references.get(self.pools[listing.said.pool].chip)
                    check_price(fill.price_micros, known, 90)
                self.trade(order, listing, fill, arrival)
            elif mode == "CANCEL_OLDEST" and aggressor is None:
                self.end(order, "CANCELLED", "SELF_TRADE")
                return True
            elif mode == "CANCEL_OLDEST":
                self.end(listing, "WITHDRAWN", "SELF_TRADE")
                return True
            else:
                self.reduce(order, listing, fill)
                if aggressor is None or aggressor.said.time_in_force != "FOK":
                    return True
        return False

    def trade(self, order: Order, listing: Listing, fill: Fill, arrival: int) -> None:
        gross = gross_up(fill.value_micros, order.said.vat_bp)
        order.left, order.spent = order.left - gross, order.spent + gross
        order.filled, order.start = order.filled + fill.credited, fill.first_hour
        self.emit(
            happened.Traded,
            arrival=arrival,
            order=fill.order_id,
            listing=fill.listing_id,
            pool=listing.said.pool,
            gflops_per_device=self.factor(listing, order),
            value_micros=fill.value_micros,
            gross_micros=gross,
            price_micros=fill.price_micros,
            **self.cut(listing, fill),
        )
        for hour in range(fill.first_hour, fill.first_hour + fill.hours):
            self.taken[listing.said.pool, hour] += fill.devices
        if not any(listing.free):
            self.end(listing, "SOLD")
        if order.amount == order.filled:
            self.end(order, "FILLED")

    def reduce(self, order: Order, listing: Listing, fill: Fill) -> None:
        order.amount -= fill.credited
        released = max(0, order.left - order.hold(order.amount - order.filled))
        self.hold(order, order.left - released)
        cut = self.cut(listing, fill)
        ids = {"order": fill.order_id, "listing": fill.listing_id}
        self.emit(happened.Reduced, **ids, **cut, released_micros=released)
        if not any(listing.free):
            self.end(listing, "WITHDRAWN", "SELF_TRADE")
        if order.amount == order.filled:
            self.end(order, *(["FILLED"] if order.filled else ["CANCELLED", "SELF_TRADE"]))

    def cut(self, listing: Listing, fill: Fill) -> dict[str, int]:
        """Take the rectangle out of what is free, and say which it was."""
        first = fill.first_hour - listing.said.first_hour
        for index in range(first, first + fill.hours):
            listing.free[index] -= fill.devices
        names = ("devices", "first_hour", "hours", "credited")
        return {name: getattr(fill, name) for name in names}
