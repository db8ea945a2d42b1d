"""Bad series of readings, each with the codes and flags that it must get.

A case is two hours of one device unless it says otherwise: eight quarters of at most 900
device-seconds. `codes` has a letter a quarter: M measured, D edited, E estimated, N missing,
X refused. `flags` are (quarter, names).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.metering import QUARTER, QuarterReading, seal_hour
from delivery.domain.validation import MeterBounds
from delivery.domain.vee import Flag, Quality, validate

START = datetime(2026, 12, 1, 8, tzinfo=UTC)
FULL = (900,) * 8
Sent = (
    tuple[int, int]
    | tuple[int, int, int]
    | tuple[int, int, int, str]
    | tuple[int, int, int, str, int]
)


@dataclass(frozen=True)
class Case:
    """A series in words, what is sent, and what must be said of it."""

    name: str
    sent: tuple[Sent, ...]
    codes: str = "MMMMMMMM"
    flags: tuple[tuple[int, str], ...] = ()
    now_quarters: int = 8


def full(*but: Sent, without: tuple[int, ...] = ()) -> tuple[Sent, ...]:
    """All eight quarters full, but for those given anew or left out."""
    changed = {one[0] for one in but if len(one) < 3 or one[2] == 1}
    plain: tuple[Sent, ...] = tuple(
        (q, 900) for q in range(8) if q not in changed and q not in without
    )
    return tuple(sorted((*plain, *but), key=lambda one: (one[0], one[2] if len(one) > 2 else 1)))


def series(*amounts: int | None) -> tuple[Sent, ...]:
    """Quarters from the first one on; None is left out."""
    return tuple((q, amount) for q, amount in enumerate(amounts) if amount is not None)


M, E, D = "MEASURED", "ESTIMATED", "EDITED"
CASES = (
    # nothing wrong: the negative controls
    Case("all full", full()),
    Case("shares that move", series(900, 880, 860, 900, 870, 890, 900, 850)),
    Case("full for hours is not frozen", full()),
    Case("an hour so far", series(900, 900, 900, 900), "MMMM", now_quarters=4),
    Case("the quarter that runs is not missing yet", series(900), "M", now_quarters=1),
    # gaps
    Case("nothing at all", (), "NNNNNNNN", tuple((q, "GAP") for q in range(8))),
    Case("the first is missing", full(without=(0,)), "NMMMMMMM", ((0, "GAP"),)),
    Case("the last is missing", full(without=(7,)), "MMMMMMMN", ((7, "GAP"),)),
    Case("one within the hour", full(without=(1,)), "MEMMMMMM", ((1, "GAP_IN_HOUR"),)),
    Case("the other within the hour", full(without=(2,)), "MMEMMMMM", ((2, "GAP_IN_HOUR"),)),
    Case("one at the end of the hour", full(without=(3,)), "MMMNMMMM", ((3, "GAP"),)),
    Case("one at the start of the hour", full(without=(4,)), "MMMMNMMM", ((4, "GAP"),)),
    Case("two side by side", full(without=(1, 2)), "MNNMMMMM", ((1, "GAP"), (2, "GAP"))),
    Case("every second", full(without=(1, 3, 5, 7)), "MEMNMEMN",
         ((1, "GAP_IN_HOUR"), (3, "GAP"), (5, "GAP_IN_HOUR"), (7, "GAP"))),
    Case("the second hour", full(without=(4, 5, 6, 7)), "MMMMNNNN",
         ((4, "GAP"), (5, "GAP"), (6, "GAP"), (7, "GAP"))),
    Case("over the turn of the hour", full(without=(3, 4)), "MMMNNMMM", ((3, "GAP"), (4, "GAP"))),
    Case("one in each hour", full(without=(2, 5)), "MMEMMEMM",
         ((2, "GAP_IN_HOUR"), (5, "GAP_IN_HOUR"))),
    Case("the first two", full(without=(0, 1)), "NNMMMMMM", ((0, "GAP"), (1, "GAP"))),
    # impossible amounts
    Case("negative", full((2, -1)), "MMEMMMMM", ((2, "GAP_IN_HOUR IMPOSSIBLE"),)),
    Case("more than the device can give", full((2, 901)), "MMEMMMMM",
         ((2, "GAP_IN_HOUR IMPOSSIBLE"),)),
    Case("far more", full((5, 9_000)), "MMMMMEMM", ((5, "GAP_IN_HOUR IMPOSSIBLE"),)),
    Case("a thousandfold", full((0, 900_000)), "XMMMMMMM", ((0, "GAP IMPOSSIBLE"),)),
    Case("negative unhealthy", full((3, 900, 1, M, -5)), "MMMXMMMM", ((3, "GAP IMPOSSIBLE"),)),
    Case("delivered and unhealthy overlap", full((3, 600, 1, M, 400)), "MMMXMMMM",
         ((3, "GAP IMPOSSIBLE"),)),
    Case("all negative", tuple((q, -900) for q in range(8)), "XXXXXXXX",
         tuple((q, "GAP IMPOSSIBLE") for q in range(8))),
    Case("a counter sent for an interval", series(900, 1_800, 2_700, 3_600), "MXXXNNNN",
         ((1, "GAP IMPOSSIBLE"), (2, "GAP IMPOSSIBLE"), (3, "GAP IMPOSSIBLE"),
          (4, "GAP"), (5, "GAP"), (6, "GAP"), (7, "GAP"))),
    # impossible words
    Case("an unknown quality", full((1, 900, 1, "GUESSED")), "MEMMMMMM",
         ((1, "GAP_IN_HOUR IMPOSSIBLE"),)),
    Case("version nought", full((1, 900), (1, 900, 0)), "MMMMMMMM", ((1, "IMPOSSIBLE"),)),
    Case("a negative version", full((6, 900), (6, 900, -1)), "MMMMMMMM", ((6, "IMPOSSIBLE"),)),
    Case("a correction that says measured", full((1, 800, 2, M)), "MMMMMMMM",
         ((1, "IMPOSSIBLE"),)),
    # time
    Case("before the window", (*full(), (-1, 900)), "MMMMMMMMX", ((8, "IMPOSSIBLE"),)),
    Case("after the window", (*full(), (8, 900)), "MMMMMMMMX", ((8, "IMPOSSIBLE"),)),
    Case("not yet over", series(900, 900), "MX", ((1, "IMPOSSIBLE"),), now_quarters=1),
    Case("an hour ahead", series(900, 900, None, None, None, 900), "MMX", ((2, "IMPOSSIBLE"),),
         now_quarters=2),
    Case("a day before", (*full(), (-96, 900)), "MMMMMMMMX", ((8, "IMPOSSIBLE"),)),
    # order of arrival
    Case("backwards", tuple(reversed(full())), "MMMMMMMM",
         tuple((q, "OUT_OF_ORDER") for q in range(7))),
    Case("one late", (*full(without=(2,)), (2, 900)), "MMMMMMMM", ((2, "OUT_OF_ORDER"),)),
    Case("two swapped", ((1, 900), (0, 900), *full()[2:]), "MMMMMMMM", ((0, "OUT_OF_ORDER"),)),
    # repetitions and versions
    Case("sent twice", (*full(), (3, 900)), "MMMMMMMM", ((3, "REPEATED"),)),
    Case("all sent twice", (*full(), *full()), "MMMMMMMM",
         tuple((q, "REPEATED") for q in range(8))),
    Case("two figures for one version", (*full(), (3, 800)), "MMMMMMMM", ((3, "CONFLICT"),)),
    Case("three figures", (*full(), (3, 800), (3, 700)), "MMMMMMMM", ((3, "CONFLICT"),)),
    Case("the same figure of another quality", (*full(), (3, 900, 1, E)), "MMMMMMMM",
         ((3, "CONFLICT"),)),
    Case("a correction", (*full(), (3, 890, 2, D)), "MMMDMMMM", ((3, "CORRECTED"),)),
    Case("two corrections", (*full(), (3, 880, 2, D), (3, 890, 3, D)), "MMMDMMMM",
         ((3, "CORRECTED"),)),
    Case("a correction without a first", (*full(without=(3,)), (3, 890, 2, D)), "MMMXMMMM",
         ((3, "GAP VERSION_SKIPPED"),)),
    Case("a version left out", (*full(), (3, 890, 3, D)), "MMMMMMMM", ((3, "VERSION_SKIPPED"),)),
    Case("corrected to what cannot be", (*full(), (3, 901, 2, D)), "MMMMMMMM",
         ((3, "IMPOSSIBLE"),)),
    Case("corrections in the wrong order", (*full(), (3, 890, 3, D), (3, 880, 2, D)), "MMMDMMMM",
         ((3, "CORRECTED VERSION_SKIPPED"),)),
    # estimates of the site's own
    Case("one estimated", full((2, 900, 1, E)), "MMEMMMMM", ((2, "SELF_ESTIMATED"),)),
    Case("all estimated", tuple((q, 900, 1, E) for q in range(8)), "EEEEEEEE",
         tuple((q, "SELF_ESTIMATED") for q in range(8))),
    Case("corrected by an estimate", (*full(), (2, 890, 2, E)), "MMEMMMMM",
         ((2, "CORRECTED SELF_ESTIMATED"),)),
    Case("estimated before, edited after", full((2, 900, 1, E), (2, 890, 2, D)), "MMDMMMMM",
         ((2, "CORRECTED SELF_ESTIMATED"),)),
    Case("an edited first version", full((2, 890, 1, D)), "MMDMMMMM"),
    # health
    Case("unhealthy for a while", full((2, 600, 1, M, 300)), "MMMMMMMM", ((2, "UNHEALTHY"),)),
    Case("unhealthy throughout", full((2, 0, 1, M, 900)), "MMMMMMMM", ((2, "SPIKE UNHEALTHY"),)),
    Case("unhealthy for two hours", tuple((q, 0, 1, M, 900) for q in range(8)), "MMMMMMMM",
         tuple((q, "UNHEALTHY") for q in range(8))),
    # zeros that nothing explains
    Case("zero and not a word", full((2, 0)), "MMMMMMMM", ((2, "SILENT_ZERO SPIKE"),)),
    Case("zero at the start", full((0, 0)), "MMMMMMMM", ((0, "SILENT_ZERO"),)),
    Case("zero for two hours", series(*[0] * 8), "MMMMMMMM",
         tuple((q, "SILENT_ZERO") for q in range(8))),
    Case("zero from the middle on", series(900, 900, 900, 900, 0, 0, 0, 0), "MMMMMMMM",
         tuple((q, "SILENT_ZERO") for q in range(4, 8))),
    # spikes
    Case("a lone drop", full((4, 100)), "MMMMMMMM", ((4, "SPIKE"),)),
    Case("a lone peak", series(100, 100, 900, 100, 100, 90, 100, 90), "MMMMMMMM",
         ((2, "SPIKE"),)),
    Case("a drop of exactly a half", full((4, 450)), "MMMMMMMM", ((4, "SPIKE"),)),
    Case("a drop of less than a half", full((4, 451)), "MMMMMMMM"),
    Case("a step is no spike", series(900, 900, 900, 900, 100, 110, 100, 110), "MMMMMMMM"),
    Case("two drops", full((2, 100), (5, 100)), "MMMMMMMM", ((2, "SPIKE"), (5, "SPIKE"))),
    Case("a drop at the end has one neighbour", full((7, 100)), "MMMMMMMM"),
    Case("a drop beside a gap", full((4, 100), without=(3,)), "MMMNMMMM", ((3, "GAP"),)),
    Case("a saw", series(900, 100, 900, 100, 900, 100, 900, 100), "MMMMMMMM",
         tuple((q, "SPIKE") for q in range(1, 7))),
    # meters that hang
    Case("an odd figure for two hours", series(*[431] * 8), "MMMMMMMM",
         tuple((q, "FROZEN") for q in range(8))),
    Case("for less than two hours", series(*[431] * 7, 500), "MMMMMMMM"),
    Case("the same but for a gap", series(431, 431, 431, 431, None, 431, 431, 431), "MMMMNMMM",
         ((4, "GAP"),)),
)  # fmt: skip


def reading(sent: Sent) -> QuarterReading:
    quarter, delivered, *more = sent
    version = more[0] if more else 1
    quality = more[1] if len(more) > 1 else M
    unhealthy = more[2] if len(more) > 2 else 0
    assert isinstance(version, int)
    assert isinstance(unhealthy, int)
    start = START + quarter * QUARTER
    return QuarterReading(start, delivered, unhealthy, version, str(quality))


def bounds(now_quarters: int = 8) -> MeterBounds:
    return MeterBounds(1, START, START + 8 * QUARTER, START + now_quarters * QUARTER)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_series_gets_its_codes_and_flags(case: Case) -> None:
    verdicts = validate([reading(one) for one in case.sent], bounds(case.now_quarters))

    assert "".join(one.quality for one in verdicts) == case.codes
    told = {place: " ".join(one.flags) for place, one in enumerate(verdicts) if one.flags}
    assert told == dict(case.flags)


def test_there_are_sixty_bad_series_and_each_is_another() -> None:
    bad = [case for case in CASES if case.flags]

    assert len(bad) >= 60
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({(case.sent, case.now_quarters) for case in bad}) == len(bad)
    assert {flag for case in bad for _, words in case.flags for flag in words.split()} == set(Flag)


def test_times_off_the_quarter_and_without_zone_are_refused() -> None:
    off = QuarterReading(START + timedelta(minutes=7), 900)
    naive = QuarterReading(datetime(2026, 12, 1, 8), 900)  # noqa: DTZ001 - what is refused

    for wrong in (off, naive):
        strange = validate([wrong], bounds())[-1]
        assert (strange.quality, strange.flags) == (Quality.REFUSED, (Flag.IMPOSSIBLE,))


SENT = st.lists(
    st.tuples(
        st.integers(-1, 8), st.integers(-10, 1_000), st.integers(0, 3), st.sampled_from([M, E, D])
    ),
    max_size=20,
)


@given(SENT)
def test_no_quarter_is_billed_without_measurement_or_mark(
    sent: list[tuple[int, int, int, str]],
) -> None:
    """What the seal counts beyond measured and edited figures carries the mark of an estimate."""
    said = [reading(one) for one in sent]
    verdicts = {one.interval_start: one for one in validate(said, bounds())}
    kept = [
        one
        for one in said
        if verdicts[one.interval_start].quality in {Quality.MEASURED, Quality.EDITED}
        and Flag.IMPOSSIBLE not in verdicts[one.interval_start].flags
        and Flag.CONFLICT not in verdicts[one.interval_start].flags
        and Flag.VERSION_SKIPPED not in verdicts[one.interval_start].flags
    ]

    seal = seal_hour(START, 1, kept)

    for place, amount in enumerate(seal.quarter_device_seconds):
        measured = any(one.interval_start == START + place * QUARTER for one in kept)
        assert measured or seal.estimated[place] or amount == 0
        assert seal.estimated[place] or measured
