"""How the reference book's sides meet: it calls the pure matcher with everything there is."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from msgspec.structs import asdict

from exchange.book import Fill, LinkOffer, Offer, Want, match_listing, match_order
from exchange.book import commands as say
from exchange.book import events as happened
from exchange.price import gross_up, net_of
from exchange.requirement import Place, Requirement
from tests.reference_book.checks import Checks, Side

LINK_PRICES = ("price_micros_per_gbps_hour", "price_micros_per_gb")


class Meeting(Checks):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[happened.Happened] = []

    def emit(self, kind: Any, **facts: Any) -> int:
        self.number += 1
        self.events.append(kind(number=self.number, **facts))
        return self.number

    def name(self, side: Side) -> dict[str, Any]:
        buys = isinstance(side.said, say.Buy)
        number = side.said.order if buys else side.said.listing
        return {"side": "BUY" if buys else "SELL", "id": number}

    def owner(self, member: int) -> str:
        return self.members[member].owner or f"member:{member}"

    def trades(self, member: int) -> bool:
        halted = ("MEMBER", str(member)) in self.halts
        return self.members[member].state == "ADMITTED" and not halted

    def hold(self, side: Side, left: int) -> None:
        self.available[side.said.member] += side.left - left
        side.left = left

    def end(self, side: Side, state: str, reason: str = "") -> None:
        released, side.state = side.left, state
        self.hold(side, 0)
        facts = {"state": state, "reason": reason, "released_micros": released}
        self.emit(happened.Ended, **self.name(side), **facts)

    # What an order and a listing see of each other.

    def want(self, order: Side, mode: str) -> Want:
        """Return what is left of the order; its owner counts only where the newest gives way."""
        said, asked = order.said, asdict(order.said.requires)
        sets = {name: frozenset(of) for name, of in asked.items() if isinstance(of, tuple)}
        same = ("unit", "hours", "last_hour", "splittable", "min_lot_devices")
        return Want(
            order_id=said.order,
            arrival=order.arrival,
            owner=self.owner(said.member) if mode == "CANCEL_NEWEST" else "",
            requirement=Requirement(**asked | sets),
            amount=order.amount - order.filled,
            first_hour=max(said.first_hour, self.first_open),
            limit_micros=order.price,
            purse_micros=net_of(order.left, said.vat_bp),
            all_or_none=said.time_in_force == "FOK",
            fixed_start=order.start,
            **{name: getattr(said, name) for name in same},
        )

    def offer(self, listing: Side, order: Side) -> Offer:
        said, pool, city = listing.said, self.pools[listing.said.pool], order.said.city
        cut = max(self.first_open - said.first_hour, 0)
        seen = {name: getattr(pool, name, None) for name in Place.__match_args__}
        place: dict[str, Any] = seen | {"rtt_us": pool.rtt_us.get(city), "firmness": said.firmness}
        return Offer(
            listing_id=said.listing,
            arrival=listing.arrival,
            owner=self.owner(said.member),
            ask_micros=listing.price,
            first_hour=said.first_hour + cut,
            free=tuple(listing.free[cut:]),
            gflops_per_device=self.factor(listing, order),
            place=Place(**place),
            devices_per_node=pool.devices_per_node,
            min_devices=said.min_devices,
            min_hours=said.min_hours,
            links=tuple(self.carriers(order, pool.zone)),
        )

    def carriers(self, order: Side, zone: str) -> Iterator[LinkOffer]:
        """Yield the links from the zone to the order's city that may serve it."""
        most, owner = order.said.requires.max_rtt_us, self.owner(order.said.member)
        for link in self.links.values():
            carrier = self.members.get(link.carrier)
            if (
                (link.zone, link.city, link.active) == (zone, order.said.city, True)
                and carrier is not None
                and "CARRIER" in carrier.capabilities
                and self.trades(link.carrier)
                and self.owner(link.carrier) != owner
                and (most is None or link.rtt_us <= most)
            ):
                both = Counter(self.carried) + Counter(self.kept)
                sold = {hour: gbps for (of, hour), gbps in both.items() if of == link.link}
                facts = {name: getattr(link, name) for name in ("gbps", "rtt_us", *LINK_PRICES)}
                yield LinkOffer(link_id=link.link, carrier_id=link.carrier, sold=sold, **facts)

    def factor(self, listing: Side, order: Side) -> int:
        of = self.reference(listing)
        told = self.pools[listing.said.pool].gflops
        return told.get(order.said.workload_class, of.nominal_gflops if of else 0)

    def bound(self, listing: Side) -> int:
        of = self.reference(listing)
        return of.price_micros * 110 // 100 if of else listing.price

    def offers(self, order: Side, *, collar: bool = True) -> list[Offer]:
        return [
            self.offer(listing, order)
            for listing in self.still_open(self.listings)
            if (pool := self.pools[listing.said.pool]).active
            and self.trades(listing.said.member)
            and ("CHIP", pool.chip) not in self.halts
            and (listing.price <= self.bound(listing) or not collar)
            and (self.factor(listing, order) or order.said.unit == "DEVICES")
            and listing.said.member not in order.said.not_from
        ]

    def pairs(self, listing: Side, mode: str) -> list[tuple[Want, Offer]]:
        return [
            (self.want(order, mode), self.offer(listing, order))
            for order in self.still_open(self.orders)
            if order.said.time_in_force != "GFA"
            and self.trades(order.said.member)
            and (self.factor(listing, order) or order.said.unit == "DEVICES")
        ]

    # The arriving side meets all that rests.

    def meet(self, side: Side) -> None:
        """Match, and match again as long as one's own was in the way and has given way."""
        mode, buys = side.said.self_trade, isinstance(side.said, say.Buy)
        time_in_force = side.said.time_in_force if buys else ""
        again, met_itself, number = time_in_force != "GFA", False, self.number
        while again and side.state == "OPEN":
            if buys:
                match = match_order(self.want(side, mode), self.offers(side))
            else:
                match = match_listing(self.pairs(side, mode))
            met_itself = match.met_itself
            if buys and not match.fills and not met_itself and self.number == number:
                self.check_beyond(side, mode)
            again = self.walk(match.fills, mode, side, fok=time_in_force == "FOK")
        if side.state == "OPEN" and met_itself:
            self.end(side, "CANCELLED" if buys else "WITHDRAWN", "SELF_TRADE")
        elif side.state == "OPEN" and time_in_force in ("IOC", "FOK"):
            self.end(side, "CANCELLED", time_in_force)

    def check_beyond(self, order: Side, mode: str) -> None:
        """Refuse an order that only listings beyond the collar would fill."""
        for fill in match_order(self.want(order, mode), self.offers(order, collar=False)).fills:
            listing = self.listings[fill.listing_id]
            bound, chip = self.bound(listing), self.pools[listing.said.pool].chip
            beyond = fill.price_micros > bound
            self.check_collar(beyond, "limit_micros", fill.price_micros, bound, chip)

    def walk(self, fills: tuple[Fill, ...], mode: str, side: Side, *, fok: bool) -> bool:
        """Trade the fills; tell whether to match again, since one's own has given way."""
        sides = [(self.orders[fill.order_id], self.listings[fill.listing_id]) for fill in fills]
        own = [self.owner(a.said.member) == self.owner(b.said.member) for a, b in sides]
        # FOK trades nothing until none of its own is in the way.
        first = own.index(True) if fok and mode == "CANCEL_OLDEST" and any(own) else 0
        for fill, (order, listing), mine in list(zip(fills, sides, own, strict=True))[first:]:
            if mine and mode == "CANCEL_OLDEST" and side is order:
                self.end(listing, "WITHDRAWN", "SELF_TRADE")
            elif mine and mode == "CANCEL_OLDEST":
                self.end(order, "CANCELLED", "SELF_TRADE")
            elif mine:
                self.reduce(order, listing, fill)
            else:
                if side is listing:
                    self.check_sold(listing, fill.price_micros, 90)
                self.trade(order, listing, fill, side.arrival)
            if mine and not (fok and mode == "DECREMENT"):
                return True
        return False

    def trade(self, order: Side, listing: Side, fill: Fill, arrival: int) -> None:
        gross = gross_up(fill.value_micros, order.said.vat_bp)
        order.left, order.spent = order.left - gross, order.spent + gross
        order.filled, order.start = order.filled + fill.credited, fill.first_hour
        facts = {"pool": listing.said.pool, "gflops_per_device": self.factor(listing, order)}
        facts |= {"price_micros": fill.price_micros, "value_micros": fill.value_micros}
        taken = self.take(listing, fill)
        self.emit(happened.Traded, arrival=arrival, **taken, **facts, gross_micros=gross)
        if fill.link_id:
            self.trade_link(order, fill)
        for hour in range(fill.first_hour, fill.first_hour + fill.hours):
            self.taken[listing.said.pool, hour] += fill.devices
        if not any(listing.free):
            self.end(listing, "SOLD")
        if order.amount == order.filled:
            self.end(order, "FILLED")

    def trade_link(self, order: Side, fill: Fill) -> None:
        said, link, asked = order.said, self.links[fill.link_id], order.said.requires
        gross = gross_up(fill.link_micros, said.vat_bp)
        order.left, order.spent = order.left - gross, order.spent + gross
        for hour in range(fill.first_hour, fill.first_hour + fill.hours):
            self.carried[link.link, hour] += asked.link_gbps
        facts = {name: getattr(link, name) for name in ("link", "carrier", *LINK_PRICES)}
        facts |= {"gbps": asked.link_gbps, "gb": asked.move_gb, "traded": self.number}
        facts |= {"order": fill.order_id, "listing": fill.listing_id}
        facts |= {"first_hour": fill.first_hour, "hours": fill.hours}
        self.emit(happened.Linked, value_micros=fill.link_micros, gross_micros=gross, **facts)

    def reduce(self, order: Side, listing: Side, fill: Fill) -> None:
        order.amount -= fill.credited
        released = max(0, order.left - order.hold(order.amount - order.filled))
        self.hold(order, order.left - released)
        self.emit(happened.Reduced, **self.take(listing, fill), released_micros=released)
        if not any(listing.free):
            self.end(listing, "WITHDRAWN", "SELF_TRADE")
        if order.amount == order.filled:
            self.end(order, *(["FILLED"] if order.filled else ["CANCELLED", "SELF_TRADE"]))

    def take(self, listing: Side, fill: Fill) -> dict[str, int]:
        """Take the rectangle out of what is free, and say which it was."""
        first = fill.first_hour - listing.said.first_hour
        for index in range(first, first + fill.hours):
            listing.free[index] -= fill.devices
        names = ("devices", "first_hour", "hours", "credited")
        ids = {"order": fill.order_id, "listing": fill.listing_id}
        return ids | {name: getattr(fill, name) for name in names}
