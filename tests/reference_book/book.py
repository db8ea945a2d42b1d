"""The continuous book, slow and obviously right: for every command it looks at everything.

What it refuses is in `checks`, how two sides meet in `meeting`, what auctions sold in `awarding`.
"""

import pickle
from typing import Any

from exchange.book import commands as say
from exchange.book import events as happened
from tests.reference_book.awarding import Awarding
from tests.reference_book.checks import Refused, Side, refuse_if

COUNTED = say.Sell | say.Buy | say.Replace | say.Reprice


class Book(Awarding):
    def apply(self, said: say.Said) -> list[happened.Happened]:
        """Do all of it, or put everything back as it was."""
        self.events = []
        self.messages.update([said.member] if isinstance(said, COUNTED) else [])
        before = pickle.dumps(self.__dict__)
        try:
            if isinstance(said, COUNTED):
                sent, most = self.messages[said.member], self.limit_of(said.member).most_messages
                refuse_if(sent > (most or sent), "E-LIMIT-04")
            getattr(self, f"do_{type(said).__name__.lower()}")(said)
        except Refused as refused:
            self.__dict__ = pickle.loads(before)  # noqa: S301
            code, at, facts = refused.args
            return [happened.Rejected(code=code, field=at, facts=facts)]
        return self.events

    def find(self, sides: Any, key: int, member: int, at: str, exchange: int | None = None) -> Side:
        known = key in sides and member in (sides[key].said.member, exchange)
        refuse_if(not known, "E-NOT-FOUND", at)
        refuse_if(sides[key].state != "OPEN", "E-STATE-01", at, state=sides[key].state)
        found: Side = sides[key]
        return found

    # Facts, the clock, halts.

    def do_pool(self, said: say.Pool) -> None:
        if said.pool not in self.pools:
            self.taken.update({(said.pool, hour): used for hour, used in said.used.items()})
        elsewhere = dict(said.reserved)
        self.reserved = {key: n for key, n in self.reserved.items() if key[0] != said.pool}
        self.reserved.update({(said.pool, hour): n for hour, n in elsewhere.items()})
        self.pools[said.pool] = said

    def do_link(self, said: say.Link) -> None:
        if said.link not in self.links:
            self.carried.update({(said.link, hour): used for hour, used in said.used.items()})
        self.kept = {key: n for key, n in self.kept.items() if key[0] != said.link}
        self.kept.update({(said.link, hour): n for hour, n in said.reserved})
        self.links[said.link] = said

    def do_member(self, said: say.Member) -> None:
        self.members[said.member] = said

    def do_funds(self, said: say.Funds) -> None:
        self.available[said.member] = said.available_micros

    def do_reference(self, said: say.Reference) -> None:
        self.references[said.chip] = said

    def do_limit(self, said: say.Limit) -> None:
        self.limits[said.member] = said

    def do_clock(self, said: say.Clock) -> None:
        if said.second != self.second:
            self.messages.clear()
        self.second, self.now_s = said.second, max(self.now_s, said.now_s)
        self.first_open = max(self.first_open, said.first_open)
        for order in self.still_open(self.orders):
            last = order.said.last_hour - order.said.hours
            if order.expires is not None and order.expires <= self.now_s:
                self.end(order, "EXPIRED", "EXPIRY")
            elif (last if order.start is None else order.start) < self.first_open:
                self.end(order, "EXPIRED", "GATE_CLOSED")
        for listing in self.still_open(self.listings):
            if listing.hours.stop <= self.first_open:
                self.end(listing, "EXPIRED", "GATE_CLOSED")

    def do_halt(self, said: say.Halt) -> None:
        subject = "" if said.scope == "MARKET" else said.subject
        refuse_if(said.scope not in ("MARKET", "MEMBER", "CHIP"), "E-CHOICE-01", "scope")
        refuse_if((said.scope, subject) in self.halts, "E-HALT-02")
        self.halts[said.scope, subject] = said.reason
        self.emit(happened.Halted, scope=said.scope, subject=subject, reason=said.reason)

    def do_resume(self, said: say.Resume) -> None:
        subject = "" if said.scope == "MARKET" else said.subject
        refuse_if((said.scope, subject) not in self.halts, "E-HALT-03")
        del self.halts[said.scope, subject]
        self.emit(happened.Resumed, scope=said.scope, subject=subject)

    # Orders and listings come, change and go.

    def do_buy(self, said: say.Buy) -> None:
        refuse_if(said.order in self.orders, "E-IDEM-01", "order")
        self.check_member(said.member, "BUYER")
        self.check_halts(said.member)
        self.check_buy(said)
        order = Side(said, said.amount, said.limit_micros, said.budget_micros, said.expires_s)
        hold = order.hold(order.amount)
        self.check_bid(order)
        self.check_funds(said.member, hold)
        self.check_position(order, hold)
        self.orders[said.order] = order
        self.hold(order, hold)
        facts = {"member": said.member, "held_micros": hold}
        order.arrival = self.emit(happened.Accepted, **self.name(order), **facts)
        self.meet(order)

    def do_sell(self, said: say.Sell) -> None:
        refuse_if(said.listing in self.listings, "E-IDEM-01", "listing")
        self.check_seller(said.member, said.pool)
        self.check_sell(said)
        listing = Side(said, said.devices, said.ask_micros, free=[said.devices] * said.hours)
        self.check_ask(listing)
        self.check_capacity(listing, said.devices)
        self.listings[said.listing] = listing
        listing.arrival = self.emit(happened.Accepted, **self.name(listing), member=said.member)
        self.meet(listing)

    def do_replace(self, said: say.Replace) -> None:
        asked = (said.amount, said.limit_micros, said.budget_micros, said.expires_s)
        order = self.find(self.orders, said.order, said.member, "order")
        self.check_change(order, said, "amount", *asked)
        self.check_member(said.member, "BUYER")
        self.check_halts(said.member)
        old = [order.amount, order.price, order.budget, order.expires]
        now: list[Any] = [a if b is None else b for a, b in zip(old, asked, strict=True)]
        order.amount, order.price, order.budget, order.expires = now
        gone = old[3] is None or (said.expires_s or 0) <= self.now_s
        whole = order.hold(order.amount)
        refuse_if(order.amount <= order.filled, "E-RANGE-01", "amount")
        refuse_if(order.price % 10_000 != 0, "E-PRICE-01", "limit_micros")
        refuse_if(said.expires_s is not None and gone, "E-EXPIRY-01", "expires_s")
        refuse_if(whole < order.spent, "E-BUDGET-01", "budget_micros")
        self.check_funds(said.member, whole - order.spent - order.left)
        self.check_bid(order)
        self.check_position(order, whole - order.spent)
        self.hold(order, whole - order.spent)
        self.change(order, kept=now[0] <= old[0] and now[1:] == old[1:])

    def do_reprice(self, said: say.Reprice) -> None:
        listing = self.find(self.listings, said.listing, said.member, "listing")
        self.check_change(listing, said, "devices", said.devices, said.ask_micros)
        self.check_seller(said.member, listing.said.pool)
        devices, ask = said.devices or listing.amount, said.ask_micros or listing.price
        growth, kept = devices - listing.amount, ask == listing.price and devices <= listing.amount
        listing.amount, listing.price = devices, ask
        refuse_if(ask % 10_000 != 0, "E-PRICE-01", "ask_micros")
        refuse_if(devices < listing.said.min_devices, "E-RANGE-01", "devices")
        hours = zip(listing.hours, listing.free, strict=True)
        free = [count + growth * (hour >= self.first_open) for hour, count in hours]
        refuse_if(min(free) < 0, "E-RANGE-01", "devices")
        self.check_ask(listing)
        self.check_capacity(listing, growth)
        listing.free = free
        self.change(listing, kept=kept)

    def change(self, side: Side, *, kept: bool) -> None:
        """Say so. Who has lost its place in time arrives anew."""
        side.version += 1
        side.arrival = side.arrival if kept else self.number + 1
        facts = {"version": side.version, "arrival": side.arrival, "held_micros": side.left}
        self.emit(happened.Replaced, **self.name(side), **facts)
        if side.free and not any(side.free):
            self.end(side, "SOLD")
        elif not kept:
            self.meet(side)

    def do_cancel(self, said: say.Cancel) -> None:
        self.end(self.find(self.orders, said.order, said.member, "order"), "CANCELLED", said.reason)

    def do_withdraw(self, said: say.Withdraw) -> None:
        listing = self.find(self.listings, said.listing, said.member, "listing", exchange=0)
        self.end(listing, "WITHDRAWN", said.reason)

    def do_cancelall(self, said: say.CancelAll) -> None:
        refuse_if(said.member not in self.members, "E-NOT-FOUND", "member")
        for sides, state in ((self.orders, "CANCELLED"), (self.listings, "WITHDRAWN")):
            for side in self.still_open(sides, said.member):
                self.end(side, state, said.reason)
