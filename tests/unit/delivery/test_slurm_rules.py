"""What the Slurm connector decides without a cluster: names, shapes, shares of time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.slurm.cluster import Node, Reservation, Snapshot, troubles
from delivery.adapters.slurm.connector import minutes_of
from delivery.adapters.slurm.hostlist import nodes_in
from delivery.adapters.slurm.meter import Records, following, metered
from delivery.adapters.slurm.options import read_options
from delivery.adapters.slurm.reservations import Record
from delivery.adapters.slurm.shapes import job_shape, shape_of
from delivery.domain.handover import Metered, MeterWindow
from delivery.domain.naming import external_name, from_lower_case, is_external_name, lower_case_name
from tests.slurm.conftest import START, view_of
from timetable.domain.clock import Clock

TABLE: dict[str, object] = {
    "url": "https://slurm.example:6820",
    "cluster": "lab",
    "partition": "market",
    "gres": "gpu:h800",
    "devices_per_node": 8,
    "cores_per_node": 64,
    "job_users": ["gh01"],
    "job_dir": "/srv/gridhour/{user}",
    "token_command": ["token", "{user}"],
}
OPTIONS = read_options(TABLE)
AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
SECOND = int(AT.timestamp())


# --- names ----------------------------------------------------------------------------------


@given(st.from_regex(r"[A-Z0-9][A-Z0-9-]{0,30}", fullmatch=True), st.integers(1, 99))
def test_a_name_without_capitals_has_one_way_back(number: str, generation: int) -> None:
    name = external_name(number, generation)

    assert from_lower_case(lower_case_name(name)) == name
    assert is_external_name(name)


@pytest.mark.parametrize("name", ["root", "gh-", "gh-a", "gh--g1", "own-g1", "gh-a-gx"])
def test_an_account_that_is_not_ours_has_no_name(name: str) -> None:
    assert from_lower_case(name) == ""
    assert not is_external_name(name)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("n1", ("n1",)),
        ("n[1-3]", ("n1", "n2", "n3")),
        ("n[08-10,12],gpu-a", ("n08", "n09", "n10", "n12", "gpu-a")),
        ("", ()),
        ("(null)", ()),
    ],
)
def test_slurms_short_lists_of_nodes_are_read(text: str, names: tuple[str, ...]) -> None:
    assert nodes_in(text) == names


@pytest.mark.parametrize("text", ["n[", "n[1-", "n[3-1]", "n[1-9999999]", "n 1", "a,,b"])
def test_what_is_no_list_of_nodes_is_refused(text: str) -> None:
    with pytest.raises(ConnectorFailed):
        nodes_in(text)


# --- shapes ---------------------------------------------------------------------------------


@given(st.integers(1, 500), st.integers(1, 16))
def test_devices_are_spread_evenly_over_the_fewest_nodes(devices: int, per_node: int) -> None:
    shape = shape_of(devices, replace(OPTIONS, devices_per_node=per_node, cores_per_node=per_node))

    assert shape.nodes == -(-devices // per_node)
    assert devices <= shape.devices < devices + shape.nodes
    assert 1 <= shape.devices_per_node <= per_node
    assert shape.whole_nodes == (shape.devices_per_node == per_node)


def test_a_part_of_a_node_takes_its_share_of_the_cores() -> None:
    assert (shape_of(3, OPTIONS).cores, shape_of(8, OPTIONS).whole_nodes) == (24, True)


@given(st.integers(1, 64), st.integers(1, 64))
def test_a_job_fits_into_its_hand_over(held: int, wanted: int) -> None:
    whole = shape_of(held, OPTIONS)
    job = job_shape(min(wanted, held), whole)

    assert job.devices >= min(wanted, held)
    assert job.nodes <= whole.nodes
    assert job.devices_per_node <= whole.devices_per_node
    assert job.cores_per_node <= whole.cores_per_node


# --- how long -------------------------------------------------------------------------------


def test_a_reservation_ends_with_the_window_by_the_market_clock() -> None:
    view = view_of(1)
    wall = datetime(2026, 11, 1, tzinfo=UTC)
    fast = Clock(wall, view.ends_at - timedelta(hours=3), 60)
    resting = replace(fast, factor=0)

    assert minutes_of(view, fast, wall) == 3 + 2
    assert minutes_of(view, resting, wall) == 120 + 2
    assert minutes_of(view, replace(fast, market_origin=view.ends_at), wall) == 2


# --- whose nodes ----------------------------------------------------------------------------

WELL = {name: Node(name, 64, "") for name in ("n1", "n2")}
MINE = Reservation("mine", ("n1", "n2"), 64, "a", SECOND, SECOND + 3_600)


def snapshot(*others: Reservation, nodes: dict[str, Node] | None = None) -> Snapshot:
    rows = {row.name: row for row in (MINE, *others)}
    return Snapshot(nodes or WELL, rows, skew_s=0, unrecorded=0)


def test_halves_of_a_node_live_beside_each_other() -> None:
    beside = replace(MINE, name="other")

    assert troubles(snapshot(beside), MINE) == []


def test_a_whole_node_over_a_part_is_trouble_only_at_the_same_time_and_place() -> None:
    over = Reservation("site", ("n2",), 64, "b", SECOND + 60, SECOND + 90)

    assert troubles(snapshot(over), MINE) == ["n2 is reserved twice: site lies over mine"]
    assert troubles(snapshot(replace(over, nodes=("n3",))), MINE) == []
    assert troubles(snapshot(replace(over, starts_s=MINE.ends_s, ends_s=2**40)), MINE) == []


def test_a_node_that_runs_no_jobs_is_trouble_with_its_reason() -> None:
    ill = WELL | {"n1": Node("n1", 64, "idle DRAIN (fan)")}

    assert troubles(snapshot(nodes=ill), MINE) == ["n1 idle DRAIN (fan)"]
    assert troubles(snapshot(nodes={"n2": WELL["n2"]}), MINE) == ["n1 is not in the cluster"]


# --- shares of time -------------------------------------------------------------------------

SHAPE = shape_of(16, OPTIONS)
RECORD = Record("gh-A-g1", SECOND - 600, SECOND + 3_600, ("n1", "n2"), 128)
QUARTER = MeterWindow(START, AT, AT + timedelta(seconds=900))


def read(records: Records, window: MeterWindow = QUARTER, skew_s: int = 0) -> Metered:
    return metered(SHAPE, 16, records, [], window, skew_s)


def only(**more: tuple[object, ...]) -> Records:
    return replace(Records((RECORD,), (), (), 64), **more)  # type: ignore[arg-type]


def test_what_was_reserved_on_well_nodes_is_delivered() -> None:
    assert read(only()).delivered_device_seconds == 16 * 900
    assert read(only(held=())).delivered_device_seconds == 0


def test_a_node_that_was_down_a_third_of_the_time_takes_a_sixth_away() -> None:
    told = read(only(ill=(("n2", SECOND + 300, SECOND + 600), ("n9", SECOND, SECOND + 900))))

    assert told.delivered_device_seconds == 16 * 900 * 5 // 6
    assert told.unhealthy_device_seconds == 16 * 900 // 6


def test_troubles_at_the_same_time_count_once() -> None:
    over = Record("site", SECOND + 300, SECOND + 600, ("n2",), 64)
    ill = (("n2", SECOND + 300, SECOND + 500), ("n2", SECOND + 400, SECOND + 600))

    told = read(only(ill=ill, others=(over,)))

    assert told.delivered_device_seconds == 16 * 900 * 5 // 6


def test_a_reservation_that_lies_over_ours_makes_it_undelivered() -> None:
    over = Record("site", SECOND, SECOND + 900, ("n1",), 64)

    assert read(only(others=(over,))).delivered_device_seconds == 16 * 450


def test_generations_follow_each_other_without_counting_twice() -> None:
    first = replace(RECORD, ends_s=SECOND + 300)
    second = replace(RECORD, name="gh-A-g2", starts_s=SECOND + 450)

    assert read(only(held=(first, second))).delivered_device_seconds == 16 * 750


def test_a_generation_that_accounting_never_ended_is_over_when_the_next_begins() -> None:
    lost = RECORD
    moved = replace(RECORD, starts_s=SECOND + 200, nodes=("n3", "n4"))
    second = replace(RECORD, name="gh-A-g2", starts_s=SECOND + 450)

    kept = following([lost, moved, second])

    assert [record.ends_s for record in kept] == [SECOND + 450, SECOND + 450, RECORD.ends_s]


def test_a_clock_that_is_off_by_half_a_minute_is_allowed_for() -> None:
    """The site's clock is 30 s ahead: its records are too, and so the quarter is not short."""
    late = only(held=(replace(RECORD, starts_s=SECOND + 30),))

    assert read(late, skew_s=30).delivered_device_seconds == 16 * 900
    assert read(late, skew_s=0).delivered_device_seconds == 16 * 870
    assert read(late, skew_s=2).delivered_device_seconds == 16 * 870


def test_an_instant_is_read_as_the_second_before_it() -> None:
    instant = MeterWindow(START, AT, AT)

    assert read(only(), instant).delivered_device_seconds == 16 * 900
    ended = only(held=(replace(RECORD, ends_s=SECOND - 1),))
    assert read(ended, instant).delivered_device_seconds == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["n1", "n2"]), st.integers(-900, 1_800), st.integers(1, 900))
    )
)
def test_nothing_is_counted_twice_or_below_zero(stretches: list[tuple[str, int, int]]) -> None:
    ill = tuple((node, SECOND + at, SECOND + at + length) for node, at, length in stretches)

    told = read(only(ill=ill))

    assert 0 <= told.delivered_device_seconds <= 16 * 900
    whole = told.delivered_device_seconds + told.unhealthy_device_seconds
    assert whole == 16 * 900
