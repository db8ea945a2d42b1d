"""What goes wrong at a cluster, and what the meter makes of it."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery.actions.sweeping import release_orphans
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.adapters.kubernetes.connector import KubernetesConnector
from delivery.domain.handover import AllocationView, JobSpec, Metered, MeterWindow
from tests.kubernetes.conftest import START, Centre, close, later, view_of
from tests.kubernetes.lab.server import until
from timetable.queries import wall_now

SECOND = timedelta(seconds=1)


def metered(centre: Centre, view: AllocationView, window: MeterWindow) -> Metered:
    [told] = centre.site.read_meter(view, [window])
    assert told is not None
    return told


def test_devices_that_are_held_are_delivered_whether_a_job_runs_or_none(centre: Centre) -> None:
    view = view_of(301, devices=2)
    centre.made(view)
    time.sleep(1.1)
    began = wall_now()
    centre.run(view, "job-1", "sleep", "1")
    until(lambda: centre.whole(view))
    time.sleep(1.1)
    ended = wall_now()

    during = metered(centre, view, MeterWindow(START, began, ended))
    before = metered(centre, view, MeterWindow(START, began - 60 * SECOND, began - 50 * SECOND))
    half = metered(centre, view, MeterWindow(START, began - (ended - began), ended))

    assert (during.delivered_device_seconds, during.unhealthy_device_seconds) == (2 * 900, 0)
    assert before.delivered_device_seconds == 0
    assert 2 * 450 <= half.delivered_device_seconds < 2 * 900
    assert during.cpu_ms is None


def test_what_was_held_is_known_when_the_namespace_is_gone(centre: Centre) -> None:
    view, before = view_of(302), wall_now()
    centre.made(view)
    time.sleep(2)
    window = MeterWindow(START, before, wall_now())
    centre.site.release(view.external_name)

    told = metered(centre, view, window)

    assert 0 < told.delivered_device_seconds <= 4 * 900
    time.sleep(2.1)
    after = metered(centre, view, MeterWindow(START, wall_now(), wall_now()))
    assert after.delivered_device_seconds == 0


def test_a_namespace_that_went_without_us_is_gone_and_its_time_is_not_guessed(
    centre: Centre,
) -> None:
    view = view_of(303)
    centre.made(view)
    time.sleep(1.1)
    window = MeterWindow(START, wall_now() - SECOND, wall_now())
    centre.cluster.store.get("Namespace", "", "gh-gh-2026-303-g1")["metadata"][
        "deletionTimestamp"
    ] = "2026-01-01T00:00:00Z"

    assert not centre.site.inspect(view).alive
    assert centre.site.read_meter(view, [window]) == [None]
    second = later(view, 2)
    centre.made(second)
    time.sleep(2.1)
    now = wall_now()
    recent = MeterWindow(START, now - SECOND, now)
    told = centre.site.read_meter(second, [window, recent])
    assert told[0] is None
    assert told[1] is not None
    assert told[1].delivered_device_seconds == 4 * 900


def test_a_node_that_is_not_ready_is_not_delivered_and_is_remembered(centre: Centre) -> None:
    view = view_of(304, devices=16)
    centre.made(view)
    for row in centre.cluster.rows("Pod"):
        row["status"]["startTime"] = centre.cluster.store.written(time.time() - 400)
        row["metadata"]["creationTimestamp"] = row["status"]["startTime"]
    centre.cluster.set_ready("n2", "Unknown", "NodeStatusUnknown", since_s=300)

    status = centre.site.inspect(view)

    assert (status.alive, status.healthy) == (True, False)
    assert "8 of 16 devices are held; n2 is not ready (NodeStatusUnknown)" in status.detail
    now = wall_now()
    during = metered(centre, view, MeterWindow(START, now - 200 * SECOND, now - 100 * SECOND))
    assert during.delivered_device_seconds == during.unhealthy_device_seconds == 8 * 900
    centre.cluster.set_ready("n2", "True", "KubeletReady", since_s=80)
    until(lambda: centre.whole(view))
    again = metered(centre, view, MeterWindow(START, now - 200 * SECOND, now - 100 * SECOND))
    since = metered(centre, view, MeterWindow(START, now - 60 * SECOND, now))
    assert again.delivered_device_seconds == 8 * 900
    assert since.delivered_device_seconds == 16 * 900


def test_what_was_on_a_lost_node_is_held_on_another_in_its_place(centre: Centre) -> None:
    view = view_of(305)
    centre.made(view)
    centre.cluster.set_ready("n1", "Unknown", "NodeStatusUnknown")
    assert not centre.whole(view)

    # A minute later the taint's eviction asks for the pod's end; its kubelet cannot hear it.
    [pod] = centre.cluster.names("Pod", "gh-gh-2026-305-g1")
    centre.cluster.remove("Pod", "gh-gh-2026-305-g1", pod)

    until(lambda: centre.whole(view))
    assert centre.held(view) == [("n2", 4)]


def test_a_server_that_is_away_ends_nothing(centre: Centre) -> None:
    view = view_of(306)
    centre.made(view)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "2"), 1, 60))
    centre.cluster.goes_away_after = 0

    calls = [
        lambda: centre.site.inspect(view),
        lambda: centre.site.read_meter(view, []),
        lambda: centre.site.job_state(view, "job-1"),
        lambda: centre.site.job_log(view, "job-1", 0),
        lambda: centre.site.release(view.external_name),
        centre.site.inventory,
    ]
    for call in calls:
        with pytest.raises(ConnectorFailed, match="the API server does not answer"):
            call()
    centre.cluster.goes_away_after = None

    until(lambda: not centre.site.job_state(view, "job-1").running)
    assert centre.site.job_state(view, "job-1").exit_code == 0
    assert centre.made(view).adopted


def test_a_port_where_nobody_listens_is_told(centre: Centre) -> None:
    site = KubernetesConnector(**centre.table | {"url": "http://127.0.0.1:9"})
    with pytest.raises(ConnectorFailed, match="the API server does not answer: NewConnection"):
        site.inventory()
    site.api.close()


@pytest.mark.parametrize(("skew_s", "well"), [(4, True), (40, True), (90, False), (-90, False)])
def test_a_clock_that_is_off_by_more_than_a_minute_delivers_nothing(
    centre: Centre, skew_s: int, well: bool
) -> None:
    view = view_of(307)
    centre.cluster.store.offset_s = skew_s
    centre.made(view)
    time.sleep(2.1)

    status = centre.site.inspect(view)
    [told] = centre.site.read_meter(view, [MeterWindow(START, wall_now(), wall_now())])

    assert status.alive
    assert status.healthy == well
    assert (told is not None) == well
    if not well:
        assert "the site's clock is off by " in status.detail
    elif skew_s == 40:
        assert told is not None
        assert told.delivered_device_seconds == 4 * 900


def test_a_node_whose_clock_is_off_is_not_read(centre: Centre) -> None:
    view = view_of(308)
    centre.made(view)
    for row in centre.cluster.rows("Pod"):
        row["status"]["startTime"] = centre.cluster.store.written(time.time() - 600)

    with pytest.raises(ConnectorFailed, match="the clock of node n1 is off"):
        centre.site.read_meter(view, [MeterWindow(START, wall_now(), wall_now())])


def test_a_token_is_read_anew_for_each_call_and_a_wrong_one_is_told(centre: Centre) -> None:
    file = Path(str(centre.table["token_file"]))
    right = file.read_text()
    file.write_text("old")
    with pytest.raises(ConnectorFailed, match="401: Unauthorized"):
        centre.site.inventory()

    file.write_text(right)

    assert list(centre.site.inventory()) == []


def test_a_kubeconfig_and_its_context_may_name_the_cluster(centre: Centre, tmp_path: Path) -> None:
    token = Path(str(centre.table["token_file"])).read_text().strip()
    file = tmp_path / "kubeconfig"
    file.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: other\n"
        f"clusters: [{{name: lab, cluster: {{server: '{centre.cluster.url}'}}}}]\n"
        f"users: [{{name: us, user: {{token: '{token}'}}}}]\n"
        "contexts: [{name: lab, context: {cluster: lab, user: us}}]\n"
    )
    table = {
        name: value for name, value in centre.table.items() if name not in {"url", "token_file"}
    }

    site = KubernetesConnector(**table, kubeconfig=str(file), context="lab")
    assert list(site.inventory()) == []
    with pytest.raises(ConnectorFailed, match="configuration cannot be read"):
        KubernetesConnector(**table, kubeconfig=str(file), context="none")
    site.api.close()


def test_what_nobody_owns_is_ended_by_the_sweep(centre: Centre, settings: Any) -> None:
    path = "delivery.adapters.kubernetes.connector.KubernetesConnector"
    settings.CONNECTORS = {"lab": (path, centre.table)}
    connector_named.cache_clear()
    centre.made(view_of(313, devices=2))
    centre.cluster.add("Namespace", "", {"metadata": {"name": "own"}})

    assert release_orphans() == 1

    assert centre.leftovers() == ["own"]
    close("lab")
