"""The continuous book, slow and obviously right: for every command it looks at everything."""

import pickle
from typing import Any

from exchange.book import commands as say
from exchange.book import events as happened
from tests.reference_book import checks
from tests.reference_book.checks import Listing, Order, refuse, refuse_if
from tests.reference_book.meeting import Meeting


class Book(Meeting):
    def apply(self, said: say.Said) -> list[happened.Happened]:
        """Do all of it, or put everything back as it was."""
        self.events = []
        if isinstance(said, say.Sell | say.Buy | say.Replace | say.Reprice):
            self.messages[said.member] += 1
            sent, most = self.messages[said.member], self.limit_of(said.member).most_messages
            if sent > (most or sent):
                return [happened.Rejected(code="E-LIMIT-04")]
        before = pickle.dumps(self.__dict__)
        try:
            getattr(self, f"do_{type(said).__name__.lower()}", self.know)(said)
        except checks.Refusal as refusal:
            self.__dict__ = pickle.loads(before)  # noqa: S301
            return [refusal.rejected]
        return self.events

    def know(self, fact: Any) -> None:
        kind, key = type(fact), getattr(fact, fact.__struct_fields__[0])
        if kind is say.Pool and key not in self.pools:
            self.taken.update({(key, hour): used for hour, used in fact.used.items()})
        self.facts[kind][key] = fact

    def do_funds(self, said: say.Funds) -> None:
        self.available[said.member] = said.available_micros

    def do_clock(self, said: say.Clock) -> None:
        if said.second != self.second:
            self.messages.clear()
        self.second, self.now_s = said.second, max(self.now_s, said.now_s)
        self.first_open = max(self.first_open, said.first_open)
        for order in self.still_open(self.orders):
            starts = [order.said.last_hour - order.said.hours, order.start]
            if order.expires is not None and order.expires <= self.now_s:
                self.end(order, "EXPIRED", "EXPIRY")
            elif min(start for start in starts if start is not None) < self.first_open:
                self.end(order, "EXPIRED", "GATE_CLOSED")
        for listing in self.still_open(self.listings):
            if listing.window.stop <= self.first_open:
                self.end(listing, "EXPIRED", "GATE_CLOSED")

    def do_halt(self, said: say.Halt) -> None:
        key = (said.scope, "" if said.scope == "MARKET" else said.subject)
        refuse_if(said.scope not in ("MARKET", "MEMBER", "CHIP"), "E-CHOICE-01", "scope")
        refuse_if(key in self.halts, "E-HALT-02")
        self.halts[key] = said.reason
        self.emit(happened.Halted, scope=key[0], subject=key[1], reason=said.reason)

    def do_resume(self, said: say.Resume) -> None:
        key = (said.scope, "" if said.scope == "MARKET" else said.subject)
        refuse_if(key not in self.halts, "E-HALT-03")
        del self.halts[key]
        self.emit(happened.Resumed, scope=key[0], subject=key[1])

    def do_buy(self, said: say.Buy) -> None:
        refuse_if(said.order in self.orders, "E-IDEM-01", "order")
        self.check_member(said.member, "BUYER")
        self.check_halts(("MARKET", ""), ("MEMBER", str(said.member)))
        checks.check_buy(said, self.now_s, self.first_open)
        order = Order(said, said.amount, said.limit_micros, said.budget_micros, said.expires_s)
        hold = order.hold(order.amount)
        devices = said.amount if said.unit == "DEVICES" else 0
        self.check_size(said.member, hold, devices, "limit_micros", "amount")
        checks.check_limit(order, self.pools, self.references)
        self.check_funds(said.member, hold)
        self.check_position(order, hold)
        self.orders[said.order] = order
        self.hold(order, hold)
        facts = {"side": "BUY", "id": said.order, "member": said.member, "held_micros": hold}
        order.arrival = self.emit(happened.Accepted, **facts)
        self.meet_listings(order, order.arrival)

    def do_sell(self, said: say.Sell) -> None:
        refuse_if(said.listing in self.listings, "E-IDEM-01", "listing")
        self.check_seller(said.member, said.pool)
        checks.check_sell(said, self.now_s, self.first_open)
        listing = Listing(said, said.devices, said.ask_micros, [0] * said.hours)
        self.check_ask(listing)
        self.check_capacity(listing, said.devices)
        listing.free = [said.devices] * said.hours
        self.listings[said.listing] = listing
        facts = {"side": "SELL", "id": said.listing, "member": said.member}
        listing.arrival = self.emit(happened.Accepted, **facts)
        self.meet_orders(listing, listing.arrival)

    def do_replace(self, said: say.Replace) -> None:
        asked = (said.amount, said.limit_micros, said.budget_micros, said.expires_s)
        order = self.find(self.orders, said.order, said.member, "order")
        self.check_change(order, said.version, asked, "amount")
        self.check_member(said.member, "BUYER")
        self.check_halts(("MARKET", ""), ("MEMBER", str(said.member)))
        before = (order.amount, order.limit, order.budget, order.expires)
        now = [old if new is None else new for old, new in zip(before, asked, strict=True)]
        order.amount, order.limit, order.budget, order.expires = now
        refuse_if(order.amount <= order.filled, "E-RANGE-01", "amount")
        refuse_if(order.limit % 10_000 != 0, "E-PRICE-01", "limit_micros")
        gone = before[3] is None or (said.expires_s or 0) <= self.now_s
        refuse_if(said.expires_s is not None and gone, "E-EXPIRY-01", "expires_s")
        hold = order.hold(order.amount)
        refuse_if(hold < order.spent, "E-BUDGET-01", "budget_micros")
        self.check_funds(said.member, hold - order.spent - order.left)
        devices = order.amount if order.said.unit == "DEVICES" else 0
        self.check_size(said.member, hold, devices, "limit_micros", "amount")
        checks.check_limit(order, self.pools, self.references)
        self.check_position(order, hold - order.spent)
        self.hold(order, hold - order.spent)
        if self.change(order, kept=order.amount <= before[0] and now[1:] == list(before[1:])):
            self.meet_listings(order, order.arrival)

    def do_reprice(self, said: say.Reprice) -> None:
        asked = (said.devices, said.ask_micros)
        listing = self.find(self.listings, said.listing, said.member, "listing")
        self.check_change(listing, said.version, asked, "devices")
        self.check_seller(said.member, listing.said.pool)
        before = (listing.devices, listing.ask)
        listing.devices, listing.ask = said.devices or before[0], said.ask_micros or before[1]
        growth = listing.devices - before[0]
        free = [
            count + growth if hour >= self.first_open else count
            for hour, count in zip(listing.window, listing.free, strict=True)
        ]
        refuse_if(listing.ask % 10_000 != 0, "E-PRICE-01", "ask_micros")
        refuse_if(listing.devices < listing.said.min_devices, "E-RANGE-01", "devices")
        refuse_if(min(free) < 0, "E-RANGE-01", "devices")
        self.check_ask(listing)
        self.check_capacity(listing, max(growth, 0))
        listing.free = free
        moved = self.change(listing, kept=growth <= 0 and listing.ask == before[1])
        if not any(free):
            self.end(listing, "SOLD")
        elif moved:
            self.meet_orders(listing, listing.arrival)

    def change(self, side: Order | Listing, *, kept: bool) -> bool:
        """Say so; tell whether the side has lost its place, and so arrives anew."""
        side.version += 1
        side.arrival = side.arrival if kept else self.number + 1
        facts = {"version": side.version, "arrival": side.arrival, "held_micros": side.left}
        self.emit(happened.Replaced, side=side.kind, id=side.id, **facts)
        return not kept

    def do_cancel(self, said: say.Cancel) -> None:
        order = self.find(self.orders, said.order, said.member, "order")
        self.end(order, "CANCELLED", said.reason)

    def do_withdraw(self, said: say.Withdraw) -> None:
        listing = self.find(self.listings, said.listing, said.member, "listing", exchange=0)
        self.end(listing, "WITHDRAWN", said.reason)

    def do_cancelall(self, said: say.CancelAll) -> None:
        refuse_if(said.member not in self.members, "E-NOT-FOUND", "member")
        for order in self.still_open(self.orders, said.member):
            self.end(order, "CANCELLED", said.reason)
        for listing in self.still_open(self.listings, said.member):
            self.end(listing, "WITHDRAWN", said.reason)

    def find(self, sides: Any, key: int, member: int, at: str, exchange: int | None = None) -> Any:
        side = sides.get(key)
        mine = side is not None and member in (side.said.member, exchange)
        refuse_if(not mine, "E-NOT-FOUND", at)
        refuse_if(side.state != "OPEN", "E-STATE-01", at, state=side.state)
        return side

    def check_change(self, side: Any, version: int, asked: tuple[int | None, ...], at: str) -> None:
        refuse_if(version != side.version, "E-VERSION-01", "version", version=side.version)
        refuse_if(set(asked) == {None}, "E-CONFLICT-01", at)

    def check_member(self, number: int, capability: str) -> None:
        member = self.members.get(number)
        if member is None:
            refuse("E-NOT-FOUND", "member")
        refuse_if(member.state != "ADMITTED", "E-MEMBER-01", state=member.state)
        missing = capability not in member.capabilities
        refuse_if(missing, "E-MEMBER-02", capability=capability)

    def check_halts(self, *subjects: tuple[str, str]) -> None:
        for key in subjects:
            refuse_if(key in self.halts, "E-HALT-01", scope=key[0], reason=self.halts.get(key))

    def check_seller(self, member: int, number: int) -> None:
        self.check_member(member, "SELLER")
        pool = self.pools.get(number)
        if pool is None or not pool.active or pool.seller != member:
            refuse("E-POOL-01", "pool")
        self.check_halts(("MARKET", ""), ("MEMBER", str(member)), ("CHIP", pool.chip))

    def limit_of(self, member: int) -> say.Limit:
        return self.limits.get(member, self.limits[0])

    def check_size(self, member: int, micros: int, devices: int, *at: str) -> None:
        most = self.limit_of(member)
        refuse_if(micros > (most.most_order_micros or micros), "E-LIMIT-01", at[0])
        refuse_if(devices > (most.most_order_devices or devices), "E-LIMIT-02", at[1])

    def check_ask(self, listing: Listing) -> None:
        said, value = listing.said, listing.ask * listing.devices * listing.said.hours
        self.check_size(said.member, value, listing.devices, "ask_micros", "devices")
        checks.check_price(listing.ask, self.references.get(self.pools[said.pool].chip), 20)

    def check_capacity(self, listing: Listing, devices: int) -> None:
        number = listing.said.pool
        others = [row for row in self.still_open(self.listings) if row.said.pool == number]
        for hour in listing.window if devices else ():
            offered = [row.free[hour - row.window.start] for row in others if hour in row.window]
            free = self.pools[number].devices - self.taken[number, hour] - sum(offered)
            late = hour < self.first_open
            refuse_if(free < devices and not late, "E-CAP-01", "devices", free=free, hour=hour)

    def check_funds(self, member: int, wanted: int) -> None:
        facts = {"wanted_micros": wanted, "available_micros": self.available[member]}
        refuse_if(wanted > self.available[member], "E-FUNDS-01", "limit_micros", **facts)

    def check_position(self, order: Order, hold: int) -> None:
        others = [
            row for row in self.still_open(self.orders, order.said.member) if row is not order
        ]
        total = sum(row.left for row in others) + hold
        most = self.limit_of(order.said.member).most_open_micros
        refuse_if(total > (most or total), "E-LIMIT-03", "limit_micros")
