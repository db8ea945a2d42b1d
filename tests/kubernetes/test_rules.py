"""What the Kubernetes connector decides without a cluster: names, shares, times, its table."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.connectors import connectors_from
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes import bodies, names
from delivery.adapters.kubernetes.memory import _noted
from delivery.adapters.kubernetes.meter import SWITCH_S, Ill, Span, levels, metered
from delivery.adapters.kubernetes.nodes import read_node
from delivery.adapters.kubernetes.options import Misconfigured, read_options
from delivery.adapters.kubernetes.shares import Placing, Room, placing, shares_of, superfluous
from delivery.domain.handover import Metered, MeterWindow
from tests.kubernetes.conftest import START

AT = datetime(2026, 12, 1, 1, tzinfo=UTC)
SECOND = int(AT.timestamp())
QUARTER = MeterWindow(START, AT, AT + timedelta(seconds=900))


@pytest.fixture
def table(tmp_path: Path) -> dict[str, object]:
    token = tmp_path / "token"
    token.write_text("t")
    return {
        "url": "https://k8s.example:6443",
        "token_file": str(token),
        "resource": "huawei.com/Ascend910",
        "devices_per_node": 8,
        "image": "jobs:1",
    }


# --- names and shares -----------------------------------------------------------------------


def test_names_follow_from_agreement_and_generation() -> None:
    external = "gh-GH-2026-000017-g2"

    assert names.namespace_of(external) == "gh-gh-2026-000017-g2"
    assert names.memory_of(external) == "gh-gh-2026-000017"
    assert names.labels_of(external)["gridhour-generation"] == "2"


@pytest.mark.parametrize("name", ["gh-a-g1", "gh-GH-1", "GH-1-g1", "gh-GH_1-g1", "default", ""])
def test_other_names_are_none_of_ours(name: str) -> None:
    with pytest.raises(ConnectorFailed, match="not a hand-over's name"):
        names.namespace_of(name)


@given(st.integers(1, 500), st.integers(1, 16))
def test_shares_are_the_fewest_and_even_and_none_is_given_away(devices: int, most: int) -> None:
    shares = shares_of(devices, most)

    assert sum(shares) == devices
    assert len(shares) == -(-devices // most)
    assert max(shares) - min(shares) <= 1
    assert max(shares) <= most


@given(st.integers(1, 40), st.lists(st.tuples(st.integers(1, 8), st.integers(0, 8)), min_size=1))
def test_a_job_is_placed_within_what_is_free(devices: int, sizes: list[tuple[int, int]]) -> None:
    rooms = [
        Room(index, f"n{index}", size, min(size, free)) for index, (size, free) in enumerate(sizes)
    ]

    place = placing(devices, rooms)

    if place is None:
        assert all(room.free < devices for room in rooms)
        return
    free = {room.node: room.free for room in rooms}
    assert len(set(place.nodes)) == len(place.nodes)
    assert all(place.devices_a_pod <= free[node] for node in place.nodes)
    assert place.devices_a_pod * len(place.nodes) >= devices


def test_a_job_goes_where_it_fits_tightly_and_in_one_piece() -> None:
    rooms = [Room(0, "a", 8, 8), Room(1, "b", 8, 3)]

    assert placing(3, rooms) == Placing(("b",), 3)
    assert placing(8, rooms) == Placing(("a",), 8)
    assert placing(6, [Room(0, "a", 4, 4), Room(1, "b", 4, 4)]) == Placing(("a", "b"), 3)
    assert placing(9, rooms) is None


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 8), min_size=1), st.integers(1))
def test_holders_make_just_the_room_that_is_asked(held: dict[str, int], surplus: int) -> None:
    surplus = min(surplus, sum(held.values()))

    ending, anew = superfluous(held, surplus)

    assert len(set(ending)) == len(ending)
    assert sum(held[name] for name in ending) - anew == surplus


# --- times ----------------------------------------------------------------------------------


def span(from_s: int, to_s: int, devices: int = 8, node: str = "n1") -> Span:
    return Span(SECOND + from_s, SECOND + to_s, devices, node)


def read(*spans: Span, ill: tuple[Ill, ...] = (), skew_s: int = 0, devices: int = 8) -> Metered:
    return metered(devices, spans, ill, QUARTER, skew_s)


def test_what_pods_of_ours_had_is_delivered() -> None:
    assert read(span(-100, 2_000)).delivered_device_seconds == 8 * 900
    assert read(span(300, 2_000)).delivered_device_seconds == 8 * 600
    assert read().delivered_device_seconds == 0
    assert read(span(-600, -10)).delivered_device_seconds == 0


def test_a_job_and_what_is_held_beside_it_add_up_to_no_more_than_was_contracted() -> None:
    told = read(span(-9, 400), span(400, 900, 3), span(400, 900, 5), span(0, 900, 4))

    assert told.delivered_device_seconds == 8 * 900


def test_the_change_from_a_holder_to_a_job_is_no_gap_but_a_longer_one_is() -> None:
    quick = read(span(-9, 300), span(304, 900, 1), span(310, 900, 7))
    slow = read(span(-9, 300), span(300 + SWITCH_S + 1, 900))

    assert quick.delivered_device_seconds == 8 * 900
    assert slow.delivered_device_seconds == 8 * (900 - SWITCH_S - 1)


def test_what_is_not_held_again_is_not_lifted() -> None:
    told = read(span(-9, 300), span(304, 900, 3))

    assert told.delivered_device_seconds == 8 * 300 + 3 * 600


def test_a_node_that_was_not_ready_takes_its_devices_away() -> None:
    ill = (Ill("n2", SECOND + 300, SECOND + 600), Ill("n9", SECOND, None))

    told = read(span(-9, 900, 4), span(-9, 900, 4, "n2"), ill=ill)

    assert told.delivered_device_seconds == 4 * 900 + 4 * 600
    assert told.unhealthy_device_seconds == 4 * 300


def test_a_clock_that_is_off_by_half_a_minute_is_allowed_for() -> None:
    assert read(span(30, 2_000), skew_s=30).delivered_device_seconds == 8 * 900
    assert read(span(30, 2_000), skew_s=2).delivered_device_seconds == 8 * 870


def test_an_instant_is_read_as_the_second_before_it() -> None:
    instant = MeterWindow(START, AT, AT)

    assert metered(8, [span(-5, 5)], (), instant, 0).delivered_device_seconds == 8 * 900
    assert metered(8, [span(-9, -1)], (), instant, 0).delivered_device_seconds == 0


PIECES = st.tuples(st.integers(-500, 1_500), st.integers(1, 900), st.integers(1, 8))


@given(st.lists(PIECES, max_size=12), st.lists(st.tuples(st.integers(0, 900), st.integers(1, 300))))
def test_no_reading_is_below_zero_or_above_what_was_contracted(
    pieces: list[tuple[int, int, int]], bad: list[tuple[int, int]]
) -> None:
    spans = [span(at, at + length, devices) for at, length, devices in pieces]
    ill = tuple(Ill("n1", SECOND + at, SECOND + at + length) for at, length in bad)

    told = read(*spans, ill=ill)

    assert told.delivered_device_seconds >= 0
    assert told.unhealthy_device_seconds >= 0
    assert told.delivered_device_seconds + told.unhealthy_device_seconds <= 8 * 900
    assert all(0 <= level <= 8 for _start, _end, level in levels(spans, 8))


@given(st.lists(PIECES, max_size=8), PIECES)
def test_another_pod_never_makes_a_reading_smaller(
    pieces: list[tuple[int, int, int]], one: tuple[int, int, int]
) -> None:
    spans = [span(at, at + length, devices) for at, length, devices in pieces]
    more = span(one[0], one[0] + one[1], one[2])

    assert read(*spans, more).delivered_device_seconds >= read(*spans).delivered_device_seconds


def test_a_stretch_that_is_open_is_closed_when_the_node_is_back() -> None:
    begun = _noted((), (Ill("n1", 100, None),))
    same = _noted(begun, (Ill("n1", 100, None), Ill("n2", 150, None)))
    again = _noted(same, (Ill("n1", 160, None),))
    over = _noted(again, (Ill("n1", 0, 180),))

    assert begun == (Ill("n1", 100, None),)
    assert again == same
    assert over == (Ill("n1", 100, 180), Ill("n2", 150, None))


def test_a_node_that_says_nothing_of_itself_is_in_trouble() -> None:
    assert read_node({"metadata": {"name": "n1"}}).trouble == "n1 tells nothing of itself"


# --- the table ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://k8s.example:6443"),
        ("url", ""),
        ("kubeconfig", "/no/such/file"),
        ("token_file", "/no/such/file"),
        ("ca_file", "/no/such/file"),
        ("context", "lab"),
        ("resource", "gpu"),
        ("resource", "nvidia.com/"),
        ("devices_per_node", 0),
        ("devices_per_node", True),
        ("network", "some"),
        ("pod_security", "none"),
        ("home", "Grid Hour"),
        ("node_selector", ["gpu"]),
        ("node_selector", "gpu=h100"),
        ("run_as_user", 0),
        ("colour", "blue"),
    ],
)
def test_a_wrong_field_is_refused_by_name(
    table: dict[str, object], field: str, value: object
) -> None:
    with pytest.raises(Misconfigured, match=field):
        read_options(table | {field: value})


@pytest.mark.parametrize("field", ["resource", "image", "token_file", "devices_per_node"])
def test_a_missing_field_is_named(table: dict[str, object], field: str) -> None:
    with pytest.raises(Misconfigured, match=f"{field}: is missing"):
        read_options({name: value for name, value in table.items() if name != field})


def test_network_is_what_the_centre_grants(table: dict[str, object]) -> None:
    specs = {}
    for network in ("none", "namespace", "all"):
        options = read_options(table | {"network": network})
        [policy] = [
            body
            for body in bodies.fences("gh-GH-1-g1", 8, options)
            if body["kind"] == "NetworkPolicy"
        ]
        specs[network] = policy["spec"]

    assert "egress" not in specs["none"]
    assert specs["namespace"]["egress"] == [{"to": [{"podSelector": {}}]}]
    assert specs["all"]["egress"] == [{}]
    assert specs["all"]["ingress"] == [{"from": [{"podSelector": {}}]}]


def test_a_file_names_clusters(tmp_path: Path) -> None:
    file = tmp_path / "connectors.toml"
    file.write_text('[bj-k8s]\nkind = "kubernetes"\nresource = "amd.com/gpu"\n')

    [(key, (path, options))] = connectors_from(str(file)).items()

    assert key == "bj-k8s"
    assert path == "delivery.adapters.kubernetes.connector.KubernetesConnector"
    assert options == {"resource": "amd.com/gpu"}


def test_who_has_no_cluster_does_not_load_the_client() -> None:
    program = (
        "import os, sys, django\n"
        "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n"
        "django.setup()\n"
        "import config.urls, delivery.tasks\n"
        "sys.exit('kubernetes' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == 0
