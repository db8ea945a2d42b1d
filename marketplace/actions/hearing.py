"""Facts of the rooms around the market: told to the book when they change, never in between."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from msgspec import structs

from exchange.book import commands as said
from exchange.units import SECONDS_PER_HOUR
from ledger.queries import rates_at
from marketplace.domain.checks import WORKLOAD_CLASSES
from marketplace.models import ChipModel, City, Pool, Zone
from marketplace.queries.facts import (
    clock_fact,
    halts_heard_of,
    halts_in_force,
    halts_never_heard_of,
    limit_facts,
    link_facts,
    member_facts,
    pool_facts,
    reference_facts,
    sold_of_links,
    taken_hours,
)
from marketplace.queries.standing import gate_minutes

# A command, and the row of the halt that it numbers.
Told = tuple[said.Said, int | None]

EVERYTHING = frozenset({"clock", "rate", "pool", "link", "member", "reference", "limit", "halt"})


class Facts:
    """What the book was told of pools, members, prices, limits, halts, rates and the clock."""

    def __init__(self) -> None:
        self.pools: dict[int, said.Pool] = {}
        self.methods: dict[int, dict[str, str]] = {}
        self.links: dict[int, said.Link] = {}
        self.members: dict[int, said.Member] = {}
        self.references: dict[str, said.Reference] = {}
        self.limits: dict[int, said.Limit] = {}
        self.halts: dict[tuple[str, str], int] = {}
        self.cities: dict[str, int] = {}
        self.codes: dict[int, str] = {}
        self.words: dict[str, frozenset[str]] = {}
        self.gate_minutes = 0
        self._vat_bp: int | None = None
        self.hour = -1
        self.clock: said.Clock | None = None
        # The time was told to the book and not to the journal.
        self.tell_time_again = False
        # Kept from a journal: the tables are asked for everything before the first own turn.
        self.second_hand = False

    def vat_bp(self, now: datetime) -> int:
        """Return the VAT in force, looked up once an hour; refuses when no rate is."""
        if self._vat_bp is None:
            self._vat_bp = rates_at(now).vat_bp
        return self._vat_bp

    def method_of(self, pool_id: int, workload_class: str) -> str:
        """Return how a pool's conversion factor came about."""
        return self.methods[pool_id][workload_class]

    def read_all(self, now: datetime) -> list[said.Said]:
        """Read everything and return it for a new book; what is read here the journal knows."""
        self.clock = self._clock(now, second=0)
        used = taken_hours(now)
        for pool, methods in pool_facts(now, WORKLOAD_CLASSES):
            self.pools[pool.pool], self.methods[pool.pool] = pool, methods
        sold = sold_of_links(now)
        self.links = {link.link: link for link in link_facts(now)}
        self.members = {member.member: member for member in member_facts()}
        self.references = {reference.chip: reference for reference in reference_facts(now)}
        self.limits = {limit.member: limit for limit in limit_facts()}
        self._read_words()
        heard = halts_heard_of()
        self.halts = {key: halt.pk for key, halt in heard.items()}
        return [
            *(structs.replace(pool, used=used.get(pk, {})) for pk, pool in self.pools.items()),
            *(structs.replace(link, used=sold.get(pk, {})) for pk, link in self.links.items()),
            *self.members.values(),
            *self.references.values(),
            *self.limits.values(),
            *(said.Halt(scope=k[0], subject=k[1], reason=h.reason) for k, h in heard.items()),
        ]

    def told(self) -> list[said.Said]:
        """Return the facts that the book holds; halts are events of their own."""
        facts = (self.pools, self.links, self.members, self.references, self.limits)
        return [fact for kind in facts for fact in kind.values()]

    @property
    def first_open(self) -> int:
        """Return the first hour that still trades, as the book was told."""
        return 0 if self.clock is None else self.clock.first_open

    def keep(self, command: said.Said) -> None:
        """Keep a fact that the journal tells: a standby's memory of what the book was told."""
        if isinstance(command, said.Pool):
            self.pools[command.pool] = command
        elif isinstance(command, said.Link):
            self.links[command.link] = command
        elif isinstance(command, said.Member):
            self.members[command.member] = command
        elif isinstance(command, said.Reference):
            self.references[command.chip] = command
        elif isinstance(command, said.Limit):
            self.limits[command.member] = command
        elif isinstance(command, said.Clock):
            self.clock = command
        self.second_hand = True

    def look(self, kinds: set[str], *, now: datetime, wall: datetime) -> Iterator[Told]:
        """Yield what has changed, to be told to the book: at last the time."""
        kinds = self._due(kinds, now)
        if "pool" in kinds:
            yield from _plain(self._changed_pools(now))
            self._read_words()
        if "link" in kinds:
            found = {link.link: link for link in link_facts(now)}
            yield from _plain(self._changed(self.links, found))
        if "member" in kinds:
            members = {member.member: member for member in member_facts()}
            yield from _plain(self._changed(self.members, members))
        if "reference" in kinds:
            prices = {reference.chip: reference for reference in reference_facts(now)}
            yield from _plain(self._changed(self.references, prices))
        if "limit" in kinds:
            yield from _plain(self._changed_limits())
        if "halt" in kinds:
            yield from self._changed_halts()
        clock = self._clock(now, second=int(wall.timestamp()))
        if clock != self.clock or self.tell_time_again:
            self.clock, self.tell_time_again = clock, False
            yield clock, None

    def _due(self, kinds: set[str], now: datetime) -> set[str]:
        """Return what to look at: what has changed, and each hour what is dated."""
        if self.second_hand:
            kinds = kinds | EVERYTHING
            self.second_hand = False
        if "clock" in kinds or "rate" in kinds or self.hour != _hour(now):
            self.gate_minutes = gate_minutes(now)
            self._vat_bp = None
            if self.hour != -1:
                kinds = kinds | {"pool", "reference"}
            self.hour = _hour(now)
        return kinds

    def _clock(self, now: datetime, *, second: int) -> said.Clock:
        minutes = self.gate_minutes or gate_minutes(now)
        return clock_fact(now, gate_minutes=minutes, second=second)

    def _changed_pools(self, now: datetime) -> list[said.Said]:
        found: list[said.Said] = []
        seen = set()
        for pool, methods in pool_facts(now, WORKLOAD_CLASSES):
            seen.add(pool.pool)
            self.methods[pool.pool] = methods
            if self.pools.get(pool.pool) != pool:
                self.pools[pool.pool] = pool
                found.append(pool)
        gone = [self.pools.pop(pool) for pool in sorted(set(self.pools) - seen)]
        return [*found, *(structs.replace(pool, active=False) for pool in gone)]

    def _changed(self, before: dict, after: dict) -> list[said.Said]:  # type: ignore[type-arg]
        """Return the facts that differ, and keep them."""
        found = [fact for key, fact in after.items() if before.get(key) != fact]
        before.update(after)
        return found

    def _changed_limits(self) -> list[said.Said]:
        after = {limit.member: limit for limit in limit_facts()}
        lifted = [said.Limit(member=member) for member in self.limits if member not in after]
        found = [*lifted, *self._changed(self.limits, after)]
        self.limits = after
        return found

    def _changed_halts(self) -> Iterator[Told]:
        """Yield halts and resumes with their rows, which the market numbers."""
        after = halts_in_force()
        for key, halt_id in list(self.halts.items()):
            if key not in after or after[key].pk != halt_id:
                del self.halts[key]
                yield said.Resume(scope=key[0], subject=key[1]), halt_id
        for key, halt in after.items():
            if key not in self.halts:
                self.halts[key] = halt.pk
                yield said.Halt(scope=key[0], subject=key[1], reason=halt.reason), halt.pk
        # Over before the market heard of them: they have happened all the same.
        for key, halt in halts_never_heard_of().items():
            yield said.Halt(scope=key[0], subject=key[1], reason=halt.reason), halt.pk
            yield said.Resume(scope=key[0], subject=key[1]), halt.pk

    def _read_words(self) -> None:
        self.codes = dict(Pool.objects.values_list("pk", "code"))
        self.cities = dict(City.objects.values_list("code", "pk"))
        chips = list(ChipModel.objects.values_list("family", "code"))
        families = frozenset(family for family, _ in chips)
        self.words = {
            "families_allowed": families,
            "families_excluded": families,
            "chips_allowed": frozenset(code for _, code in chips),
            "zones_allowed": frozenset(Zone.objects.values_list("code", flat=True)),
        }


def _hour(now: datetime) -> int:
    return int(now.timestamp()) // SECONDS_PER_HOUR


def _plain(facts: Iterable[said.Said]) -> Iterator[Told]:
    return ((fact, None) for fact in facts)
