"""Laws of the queue over a buyer's allocations."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from delivery.domain.queue import Capacity, Queue, Running, Unit, Why, plan
from delivery.domain.queue.profile import Profile
from delivery.domain.queue.shape import NEVER_AS_IT_IS

NOW = datetime(2026, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
# Nobody knows when these end.
NO_TIME_KNOWN = {Why.FAR_BACK, Why.DATA_COMING}
STACKS = ("CUDA", "CANN", "CPU")

minutes = st.integers(1, 300).map(lambda count: count * MINUTE)


@st.composite
def capacities(draw: st.DrawFn) -> tuple[Capacity, ...]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        opens_at = NOW + draw(st.integers(-200, 200)) * MINUTE
        found.append(
            Capacity(
                id=number,
                devices=draw(st.integers(1, 8)),
                stack=draw(st.sampled_from(STACKS)),
                memory_gb=draw(st.sampled_from((24, 80))),
                site=f"site-{number % 2}",
                zone="north",
                opens_at=opens_at,
                closes_at=max(NOW, opens_at) + draw(minutes),
                recallable=draw(st.booleans()),
                doors=draw(st.booleans()),
                data=frozenset(draw(st.sets(st.sampled_from(("words", "maps"))))),
                coming=frozenset(draw(st.sets(st.sampled_from(("words", "maps"))))),
            )
        )
    return tuple(found)


@st.composite
def units(draw: st.DrawFn, first: int) -> Unit:
    size = draw(st.sampled_from((1, 1, 1, 2, 3)))
    return Unit(
        ids=tuple(range(first * 10, first * 10 + size)),
        devices=draw(st.integers(1, 5)),
        lasts=draw(minutes),
        stacks=frozenset(draw(st.sets(st.sampled_from(STACKS), min_size=1))),
        submitted_at=NOW - draw(st.integers(0, 2_000)) * MINUTE,
        min_memory_gb=draw(st.sampled_from((0, 0, 40))),
        place=draw(st.sampled_from(("", "", "site-1", "north", "nowhere"))),
        data=draw(st.sampled_from(("", "", "words", "maps"))),
        deadline=draw(st.none() | minutes.map(lambda more: NOW + more)),
        priority=draw(st.integers(0, 9)),
        team=draw(st.sampled_from(("", "vision", "speech"))),
        saves=draw(st.booleans()),
        door=draw(st.booleans()),
        stays=draw(st.sampled_from((False, False, True))),
    )


@st.composite
def queues(draw: st.DrawFn) -> Queue:
    held = draw(capacities())
    running: list[Running] = []
    for capacity in held:
        free = capacity.devices
        while capacity.opens_at <= NOW and free and draw(st.booleans()):
            devices = draw(st.integers(1, free))
            free -= devices
            saves = draw(st.none() | minutes)
            running.append(
                Running(
                    id=1_000 + len(running),
                    capacity_id=capacity.id,
                    devices=devices,
                    ends_by=NOW + draw(st.integers(-5, 300)) * MINUTE,
                    priority=draw(st.integers(0, 9)),
                    saves_in=saves,
                    warned=draw(st.sampled_from((False, False, True))),
                )
            )
    waiting = tuple(draw(units(number)) for number in range(draw(st.integers(0, 7))))
    used = draw(st.dictionaries(st.sampled_from(("", "vision", "speech")), st.integers(0, 10**6)))
    return Queue(NOW, held, tuple(running), waiting, tuple(sorted(used.items())))


@given(queues())
def test_no_allocation_is_used_beyond_its_devices_or_its_hours(queue: Queue) -> None:
    by_id = {pk: unit for unit in queue.waiting for pk in unit.ids}
    held = {capacity.id: capacity for capacity in queue.capacities}
    taken = Counter[int]()
    for job in queue.running:
        taken[job.capacity_id] += job.devices

    for start in plan(queue).starts:
        unit, capacity = by_id[start.job_id], held[start.capacity_id]
        taken[capacity.id] += unit.devices
        assert capacity.opens_at <= NOW
        assert NOW + unit.lasts <= capacity.closes_at
        assert unit.deadline is None or NOW + unit.lasts <= unit.deadline
        assert capacity.stack in unit.stacks
        assert capacity.doors or not unit.door
        assert capacity.memory_gb >= unit.min_memory_gb
        assert unit.place in {"", capacity.site, capacity.zone}
        assert unit.data in {"", *capacity.data}

    assert all(taken[capacity.id] <= capacity.devices for capacity in queue.capacities)


@given(queues())
def test_every_job_starts_or_is_told_why_it_waits(queue: Queue) -> None:
    found = plan(queue)

    told = [start.job_id for start in found.starts] + [wait.job_id for wait in found.waits]
    assert sorted(told) == sorted(pk for unit in queue.waiting for pk in unit.ids)
    for wait in found.waits:
        assert (wait.expected_at is None) == (wait.why in NEVER_AS_IT_IS | NO_TIME_KNOWN) or (
            wait.why is Why.DEVICES_BUSY
        )
        assert wait.expected_at is None or wait.expected_at > NOW


@given(queues())
def test_a_gang_starts_together_or_not_at_all(queue: Queue) -> None:
    started = {start.job_id for start in plan(queue).starts}

    for unit in queue.waiting:
        assert started.isdisjoint(unit.ids) or started.issuperset(unit.ids)


@given(queues())
def test_what_comes_later_in_line_never_moves_what_is_before_it(queue: Queue) -> None:
    ranks, begins = outcome(queue)
    for unit in queue.waiting:
        others = tuple(v for v in queue.waiting if ranks[v.ids[0]] <= ranks[unit.ids[0]])

        _, alone = outcome(replace(queue, waiting=others))

        assert alone[unit.ids[0]] == begins[unit.ids[0]]


def outcome(queue: Queue) -> tuple[dict[int, int], dict[int, datetime | None]]:
    """Return each job's place in line and when it begins."""
    found = plan(queue)
    told = [*found.starts, *found.waits]
    begins: dict[int, datetime | None] = {wait.job_id: wait.expected_at for wait in found.waits}
    begins |= {start.job_id: NOW for start in found.starts}
    return {one.job_id: one.rank for one in told}, begins


@given(queues())
def test_the_head_starts_as_early_as_it_would_alone(queue: Queue) -> None:
    whole = plan(queue)
    heads = [wait for wait in whole.waits if wait.rank == 1]

    for head in heads:
        unit = next(unit for unit in queue.waiting if head.job_id in unit.ids)
        alone = plan(replace(queue, waiting=(unit,)))
        assert head.expected_at in {wait.expected_at for wait in alone.waits}


@given(queues(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_does_not_matter(queue: Queue, chance: "object") -> None:
    shuffled = {}
    for name in ("capacities", "running", "waiting"):
        rows = list(getattr(queue, name))
        chance.shuffle(rows)  # type: ignore[attr-defined]
        shuffled[name] = tuple(rows)

    first, second = plan(queue), plan(replace(queue, **shuffled))

    assert set(first.starts) == set(second.starts)
    assert set(first.waits) == set(second.waits)
    assert set(first.preempts) == set(second.preempts)


@given(queues())
def test_only_jobs_that_save_make_room_and_only_for_a_higher_priority(queue: Queue) -> None:
    held = {capacity.id: capacity for capacity in queue.capacities}
    running = {job.id: job for job in queue.running}

    found = plan(queue)
    for preempt in found.preempts:
        job = running[preempt.job_id]
        assert not job.warned
        if preempt.recalled:
            assert job.ends_by > held[job.capacity_id].closes_at
        else:
            highest = max(unit.priority for unit in queue.waiting)
            assert held[job.capacity_id].recallable
            assert job.saves_in is not None
            assert job.priority < highest
            assert any(wait.why is Why.MAKING_ROOM for wait in found.waits)


@given(st.integers(1, 8), st.lists(st.tuples(st.integers(1, 8), minutes, minutes), max_size=9))
def test_a_profile_agrees_with_counting_minute_by_minute(
    devices: int, takes: list[tuple[int, timedelta, timedelta]]
) -> None:
    capacity = Capacity(1, devices, "CPU", 24, "s", "z", NOW, NOW + 240 * MINUTE)
    profile, free = Profile(capacity, NOW), [devices] * 240
    for wanted, offset, lasts in takes:
        profile.take(wanted, NOW + offset, NOW + offset + lasts)
        for minute in range(240):
            if offset <= minute * MINUTE < offset + lasts:
                free[minute] -= wanted

    for start in range(0, 240, 7):
        for length in (1, 30, 239):
            expected = min(free[start : start + length]) if start + length <= 240 else 0
            assert profile.least_free(NOW + start * MINUTE, length * MINUTE) == max(0, expected)


@given(st.integers(2, 6), st.integers(1, 9))
def test_nobody_starves_beside_a_stream_of_small_urgent_jobs(devices: int, priority: int) -> None:
    """A whole-allocation job of no priority against one-device jobs that never stop coming."""
    until = NOW + timedelta(days=30)
    capacity = Capacity(1, devices, "CPU", 24, "s", "z", NOW, until)
    large = Unit((1,), devices, 60 * MINUTE, frozenset({"CPU"}), NOW)
    now, running, number = NOW, [], 10
    small: list[Unit] = []
    while now < until - timedelta(days=20):
        while len(small) < 2 * devices:
            number += 1
            small.append(
                Unit((number,), 1, 90 * MINUTE, frozenset({"CPU"}), now, priority=priority)
            )
        found = plan(Queue(now, (capacity,), tuple(running), (large, *small)))
        started = {start.job_id for start in found.starts}
        if 1 in started:
            break
        running += [
            Running(unit.ids[0], 1, 1, now + unit.lasts, priority)
            for unit in small
            if unit.ids[0] in started
        ]
        small = [unit for unit in small if unit.ids[0] not in started]
        now += 30 * MINUTE
        running = [job for job in running if job.ends_by > now]

    # Nine steps of priority are nine times six hours of age, and one job's length to drain.
    assert now <= NOW + priority * timedelta(hours=6) + timedelta(hours=12)
