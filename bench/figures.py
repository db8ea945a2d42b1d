"""Figures and their statistics: pure arithmetic, so that a claim can be checked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

FOREIGN_LIMIT_BP = 1_000
MOST_DISCARDS = 10


@dataclass(frozen=True)
class Run:
    """One measurement: a rate or a latency, with what it cost and who else was busy."""

    value: float
    unit: str
    cpu_us_each: float | None = None
    foreign_bp: int = 0
    note: str = ""

    @property
    def quiet(self) -> bool:
        """Tell whether others used less than a tenth of the machine meanwhile."""
        return self.foreign_bp < FOREIGN_LIMIT_BP


@dataclass(frozen=True)
class Round:
    """Ours and the peer's run, one right after the other; some figures have no peer."""

    ours: Run
    peer: Run | None = None

    @property
    def ratio(self) -> float:
        """Return ours by the peer's; 0 when the peer did nothing. Without a peer: ours."""
        if self.peer is None:
            return self.ours.value
        return self.ours.value / self.peer.value if self.peer.value else 0.0

    @property
    def quiet(self) -> bool:
        """Tell whether both runs had the machine to themselves."""
        return self.ours.quiet and (self.peer is None or self.peer.quiet)


@dataclass(frozen=True)
class Goal:
    """What a figure shall reach; `most` turns the comparison round."""

    value: float | None = None
    most: bool = False

    def holds(self, value: float) -> bool | None:
        """Tell whether the value reaches the goal; None where there is no goal."""
        if self.value is None:
            return None
        return value <= self.value if self.most else value >= self.value

    def __str__(self) -> str:
        return "none yet" if self.value is None else f"{'≤' if self.most else '≥'} {self.value:g}"


GOALS = {
    "path.socket_256_vs_pgbench": Goal(1.0),
    "path.http_single_vs_pgbench": Goal(0.25),
    "path.http_batch50_vs_pgbench": Goal(1.2),
    "path.http_p99_vs_commit": Goal(6, most=True),
    "path.vs_naive_orm": Goal(12),
    "path.cpu_us_per_order_batch50": Goal(60, most=True),
    "path.takeover_s": Goal(5, most=True),
    "book.vs_lightmatchingengine": Goal(2),
    "book.vs_limit_order_book": Goal(0.25),
    "book.requirements_per_s_vs_numba": Goal(0.8),
    "book.growth_1k_to_100k": Goal(1.5, most=True),
    "book.bytes_per_resting_order": Goal(2_048, most=True),
    "turn.cpu_us_per_order_1": Goal(),
    "turn.cpu_us_per_order_50": Goal(),
    "turn.cpu_us_per_order_256": Goal(),
    "ledger.entries_vs_hordak": Goal(),
    "pages.p95_vs_hello": Goal(),
    "metering.accept_and_seal_vs_copy": Goal(6, most=True),
}


@dataclass
class Figure:
    """A ratio (or a plain figure) with its runs. Its value is the median of its rounds'."""

    id: str
    unit: str
    mix: str
    goal: Goal = field(default_factory=Goal)
    rounds: list[Round] = field(default_factory=list)
    discarded: int = 0
    noisy: bool = False

    @property
    def value(self) -> float:
        """Return the median ratio."""
        return median([round_.ratio for round_ in self.rounds])

    def add(self, taken: Round, most_discards: int = MOST_DISCARDS) -> None:
        """Count a round, or discard it as noisy while there are discards left."""
        if not taken.quiet and self.discarded < most_discards:
            self.discarded += 1
            return
        self.noisy = self.noisy or not taken.quiet
        self.rounds.append(taken)

    def as_json(self) -> dict[str, object]:
        """Return the figure as `bench/results/latest.json` holds it."""
        return {
            "id": self.id,
            "value": round(self.value, 4),
            "unit": self.unit,
            "goal": str(self.goal),
            "holds": self.goal.holds(self.value),
            "mix": self.mix,
            "noisy": self.noisy,
            "discarded_rounds": self.discarded,
            "runs": [_round(row) for row in self.rounds],
        }


def figure(id_: str, unit: str, mix: str) -> Figure:
    """Return a figure without runs, with its goal."""
    return Figure(id_, unit, mix, GOALS[id_])


def median(values: Sequence[float]) -> float:
    """Return the middle value; the mean of the two in the middle of an even number."""
    if not values:
        return 0.0
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: Sequence[float], share: int) -> float:
    """Return the nearest-rank percentile: the smallest value that `share` % do not exceed."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, -(-share * len(ordered) // 100) - 1)]


def collect(
    figures: Sequence[Figure],
    take: Callable[[], Iterable[Round]],
    rounds: int,
    say: Callable[[Figure, Round], None],
    most_discards: int = MOST_DISCARDS,
) -> None:
    """Take rounds, one of each figure at a time, until each has enough quiet ones.

    Noisy rounds are discarded and counted; after ten discards the rest counts all the
    same and the figure says so (decisions 38).
    """
    while any(len(one.rounds) < rounds for one in figures):
        for one, taken in zip(figures, take(), strict=True):
            if len(one.rounds) < rounds:
                one.add(taken, most_discards)
                say(one, taken)


def _round(row: Round) -> dict[str, object]:
    facts: dict[str, object] = {"ratio": round(row.ratio, 4), "ours": _run(row.ours)}
    if row.peer is not None:
        facts["peer"] = _run(row.peer)
    return facts


def _run(run: Run) -> dict[str, object]:
    facts: dict[str, object] = {
        "value": round(run.value, 4),
        "unit": run.unit,
        "foreign_cpu_bp": run.foreign_bp,
    }
    if run.cpu_us_each is not None:
        facts["cpu_us_each"] = round(run.cpu_us_each, 1)
    if run.note:
        facts["note"] = run.note
    return facts
