"""Laws of the book that need no second book: kept from commands and events alone."""

from collections import Counter, defaultdict
from typing import Any

from exchange.book import commands as say
from exchange.book import events as happened
from exchange.book.awards import Award
from exchange.price import hold_micros, within_limit
from tests.property.book_awards import awarded
from tests.property.book_choices import Known
from tests.property.book_priority import Seen, passed_by_buyer, passed_by_seller, serves

FILLS = (happened.Traded, happened.Reduced)


class Watcher(Known):
    """Follows a book from outside, and asserts after each command what must always hold."""

    def __init__(self) -> None:
        super().__init__()
        self.number = self.first_open = 0
        self.buys: dict[int, Seen] = {}
        self.sells: dict[int, Seen] = {}
        self.most: Counter[int] = Counter()
        self.sold: Counter[tuple[int, int]] = Counter()
        self.funds: Counter[int] = Counter()
        self.widest: Counter[int] = Counter()
        self.carried: Counter[tuple[int, int]] = Counter()
        self.unlinked: dict[int, happened.Traded] = {}
        self.members: dict[int, say.Member] = {}
        self.references: dict[str, int] = {}
        self.kinds: Counter[str] = Counter()

    def saw(self, said: say.Said, events: list[happened.Happened]) -> None:
        """Check what a command has led to, and remember it."""
        self._facts(said)
        if events and isinstance(events[0], happened.Rejected):
            assert len(events) == 1, "a refused command has no other event"
            self.kinds[events[0].code] += 1
            return
        for event in events:
            assert not isinstance(event, happened.Rejected)
            self.number += 1
            assert event.number == self.number, "numbers are without gaps"
            self.kinds[type(event).__name__] += 1
            if not isinstance(said, Award):
                getattr(self, f"_{type(event).__name__.lower()}")(said, event)
        if isinstance(said, Award):
            awarded(self, said, events)
        self._after(said, events)
        if isinstance(said, say.Buy):
            fills = [event for event in events if isinstance(event, happened.Traded)]
            sells = {number: row for number, row in self.sells.items() if serves(self, row, said)}
            touched = {event.listing for event in events if isinstance(event, FILLS)}
            assert passed_by_buyer(self, said, fills, sells, touched) == []

    def spare(self, pool: int, hour: int) -> int:
        """Return the devices of a pool that are neither sold nor listed."""
        rows = [row for row in self.sells.values() if row.said.pool == pool and not row.over]
        listed = sum(row.free[hour] for row in rows)
        return self.pools[pool].devices - self.sold[pool, hour] - listed

    def spare_gbps(self, link: int, hour: int) -> int:
        """Return the Gbit/s of a link that are not sold."""
        return self.links[link].gbps - self.carried[link, hour]

    def _facts(self, said: say.Said) -> None:
        match said:
            case say.Pool():
                if said.pool not in self.pools:
                    self.sold.update({(said.pool, hour): n for hour, n in said.used.items()})
                self.pools[said.pool] = said
                self.most[said.pool] = max(said.devices, self.most[said.pool])
            case say.Link():
                self._link(said)
            case say.Member():
                self.members[said.member] = said
            case say.Funds():
                self.funds[said.member] = said.available_micros
            case say.Reference():
                self.references[said.chip] = said.price_micros
            case say.Clock():
                self.first_open = max(self.first_open, said.first_open)
            case _:
                pass

    def _link(self, said: say.Link) -> None:
        if said.link not in self.links:
            self.carried.update({(said.link, hour): n for hour, n in said.used.items()})
        self.links[said.link] = said
        self.widest[said.link] = max(said.gbps, self.widest[said.link])

    def _accepted(self, said: Any, event: happened.Accepted) -> None:
        seen = Seen(said, event.number)
        if event.side == "BUY":
            seen.amount, seen.limit = said.amount, said.limit_micros
            seen.held = event.held_micros
            self.funds[said.member] -= seen.held
            self.buys[event.id] = seen
            self.orders.append(event.id)
        else:
            seen.ask, seen.most_devices = said.ask_micros, said.devices
            hours = range(said.first_hour, said.first_hour + said.hours)
            seen.free.update(dict.fromkeys(hours, said.devices))
            self.sells[event.id] = seen
            self.listings.append(event.id)
        self.members_of[event.side, event.id] = event.member

    def _replaced(self, said: Any, event: happened.Replaced) -> None:
        self.versions[event.side, event.id] = event.version
        seen = (self.buys if event.side == "BUY" else self.sells)[event.id]
        assert event.arrival in (seen.arrival, event.number)
        seen.arrival = event.arrival
        if event.side == "BUY":
            seen.amount = said.amount or seen.amount
            seen.limit = said.limit_micros or seen.limit
            self.funds[seen.said.member] += seen.held - event.held_micros
            seen.held = event.held_micros
        else:
            seen.ask = said.ask_micros or seen.ask
            whole = said.devices or seen.most_devices
            for hour in [hour for hour in seen.free if hour >= self.first_open]:
                seen.free[hour] += whole - seen.most_devices
            seen.most_devices = whole

    def _take(self, event: happened.Traded | happened.Reduced) -> tuple[Seen, Seen]:
        order, listing = self.buys[event.order], self.sells[event.listing]
        assert not order.over
        assert not listing.over, "what has ended trades no more"
        for hour in range(event.first_hour, event.first_hour + event.hours):
            listing.free[hour] -= event.devices
            assert listing.free[hour] >= 0, "no listing is oversold"
        assert event.devices > 0
        assert event.credited > 0
        return order, listing

    def _reduced(self, said: Any, event: happened.Reduced) -> None:
        order, listing = self._take(event)
        assert self._owner(order) == self._owner(listing), "only one's own is reduced"
        order.amount -= event.credited
        order.held -= event.released_micros
        self.funds[order.said.member] += event.released_micros
        assert order.held >= 0
        assert order.credited <= order.amount

    def _traded(self, said: Any, event: happened.Traded) -> None:
        if isinstance(said, say.Sell | say.Reprice):
            buys = [row for row in self.buys.values() if self._buys(row)]
            assert passed_by_seller(self, event, buys) == []
        order, listing = self._take(event)
        wants, pool = order.said, self.pools[event.pool]
        for hour in range(event.first_hour, event.first_hour + event.hours):
            self.sold[event.pool, hour] += event.devices
            assert self.sold[event.pool, hour] <= self.most[event.pool], "no pool is oversold"
        order.credited += event.credited
        order.held -= event.gross_micros
        order.starts.add(event.first_hour)
        assert order.credited <= order.amount, "nobody gets more than the amount"
        assert order.held >= 0, "nobody pays more than is held"
        assert len(order.starts) == 1, "lots share their start"
        assert self._owner(order) != self._owner(listing), "nobody trades with themselves"
        assert wants.time_in_force != "GFA"
        assert max(wants.first_hour, self.first_open) <= event.first_hour
        assert event.first_hour + event.hours <= wants.last_hour
        assert event.hours == wants.hours >= listing.said.min_hours
        assert event.devices >= max(listing.said.min_devices, wants.min_lot_devices)
        assert event.value_micros == event.price_micros * event.devices * event.hours
        assert event.price_micros >= listing.ask
        assert within_limit(
            value_micros=event.value_micros,
            unit=wants.unit,
            credited=event.credited,
            hours=event.hours,
            limit_micros=order.limit,
        ), "nobody pays more than the limit"
        self._by_the_rules(said, event, order, listing, pool)

        if wants.requires.link_gbps or wants.requires.move_gb:
            self.unlinked[event.number] = event

    def _linked(self, said: Any, event: happened.Linked) -> None:
        """A link comes with the trade just before it, is wide enough, and within the limit."""
        trade, order = self.unlinked.pop(event.traded), self.buys[event.order]
        link, wants, pool = self.links[event.link], order.said, self.pools[trade.pool]
        assert (trade.number, trade.order, trade.listing) == (
            event.number - 1,
            event.order,
            event.listing,
        )
        assert (event.first_hour, event.hours) == (trade.first_hour, trade.hours)
        assert (event.gbps, event.gb) == (wants.requires.link_gbps, wants.requires.move_gb)
        assert (link.zone, link.city, link.active) == (pool.zone, wants.city, True)
        assert event.carrier == link.carrier
        assert "CARRIER" in self.members[link.carrier].capabilities
        assert self.members[link.carrier].state == "ADMITTED"
        assert ("MEMBER", str(link.carrier)) not in self.halted
        assert wants.requires.max_rtt_us is None or link.rtt_us <= wants.requires.max_rtt_us
        for hour in range(event.first_hour, event.first_hour + event.hours):
            self.carried[event.link, hour] += event.gbps
            assert self.carried[event.link, hour] <= self.widest[event.link], "no link is oversold"
        by_hour = event.gbps * event.hours * link.price_micros_per_gbps_hour
        assert event.value_micros == by_hour + event.gb * link.price_micros_per_gb
        order.held -= event.gross_micros
        assert order.held >= 0, "nobody pays more than is held"
        assert within_limit(
            value_micros=trade.value_micros + event.value_micros,
            unit=wants.unit,
            credited=trade.credited,
            hours=trade.hours,
            limit_micros=order.limit,
        ), "the limit covers ask and link"

    def _by_the_rules(
        self, said: Any, event: Any, order: Seen, listing: Seen, pool: say.Pool
    ) -> None:
        reference = self.references.get(pool.chip)
        buys = isinstance(said, say.Buy | say.Replace)
        aggressor = order if buys else listing
        assert event.arrival == aggressor.arrival
        assert pool.active
        for side in (order, listing):
            assert self.members[side.said.member].state == "ADMITTED"
            assert ("MEMBER", str(side.said.member)) not in self.halted
        assert not {("MARKET", ""), ("CHIP", pool.chip)} & self.halted
        if buys:
            assert event.price_micros == listing.ask
            assert reference is None or event.price_micros * 100 <= reference * 110, "collar"
        else:
            assert reference is None or event.price_micros * 100 >= reference * 90, "collar"

    def _ended(self, said: Any, event: happened.Ended) -> None:
        seen = (self.buys if event.side == "BUY" else self.sells)[event.id]
        assert not seen.over, "nothing ends twice"
        seen.over = True
        assert event.released_micros == seen.held, "the rest of a hold comes back"
        self.funds[seen.said.member] += event.released_micros
        seen.held = 0
        if event.state == "FILLED":
            assert seen.credited == seen.amount > 0
        if event.state == "SOLD":
            assert not any(seen.free.values())
        seen.free.clear()

    def _halted(self, said: Any, event: happened.Halted) -> None:
        self.halted.add((event.scope, event.subject))

    def _resumed(self, said: Any, event: happened.Resumed) -> None:
        self.halted.discard((event.scope, event.subject))

    def _owner(self, seen: Seen) -> str:
        return self.members[seen.said.member].owner or f"member:{seen.said.member}"

    def _after(self, said: say.Said, events: list[happened.Happened]) -> None:
        """Holds suffice for what rests, FOK and IOC never rest, capacity covers what is open."""
        assert not self.unlinked, "devices and link are taken together"
        taken = defaultdict[int, Counter[int]](Counter)
        for row in self.sells.values():
            if not row.over:
                taken[row.said.pool].update(row.free)
        for pool, hours in taken.items():
            for hour, free in hours.items():
                assert free + self.sold[pool, hour] <= self.most[pool], "capacity is kept"
        if isinstance(said, say.Buy):
            seen = self.buys[said.order]
            if said.time_in_force in ("IOC", "FOK"):
                assert seen.over
            if said.time_in_force == "FOK":
                assert seen.credited in (0, seen.amount), "all or nothing"
            whole = hold_micros(
                unit=said.unit,
                amount=said.amount,
                hours=said.hours,
                limit_micros=said.limit_micros,
                vat_bp=said.vat_bp,
                budget_micros=said.budget_micros,
            )
            assert events[0] == happened.Accepted(
                number=seen.arrival,
                side="BUY",
                id=said.order,
                member=said.member,
                held_micros=whole,
            )
            assert self.funds[said.member] >= 0, "nothing is held that is not there"

    def _buys(self, row: Seen) -> bool:
        """Tell whether an open order takes any device at its limit."""
        said = row.said
        return (
            not row.over
            and said.time_in_force != "GFA"
            and (said.unit, said.requires, said.budget_micros) == ("DEVICES", say.Requires(), None)
            and row.held >= row.limit * (row.amount - row.credited) * said.hours
            and self.members[said.member].state == "ADMITTED"
            and ("MEMBER", str(said.member)) not in self.halted
        )
