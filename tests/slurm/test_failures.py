"""What goes wrong at a real cluster, and what the exchange makes of it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from delivery.actions.sweeping import release_orphans
from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.connectors import connector_named
from delivery.adapters.slurm.connector import SlurmConnector
from delivery.adapters.slurm.tokens import Tokens
from delivery.domain.handover import AllocationView, JobSpec, Metered, MeterWindow
from tests.slurm.conftest import START, Centre, later, until, view_of
from tests.slurm.lab.table import table_of
from timetable.queries import wall_now


def node_of(centre: Centre, view: AllocationView) -> str:
    return centre.site.cluster.look_now().reservations[view.external_name].nodes[0]


def metered(centre: Centre, view: AllocationView, window: MeterWindow) -> Metered:
    """Return the quarter once accounting has everything."""
    found: list[Metered | None] = []

    def is_told() -> bool:
        found[:] = centre.site.read_meter(view, [window])
        return found[0] is not None

    until(is_told)
    assert found[0] is not None
    return found[0]


@pytest.fixture
def stopped(centre: Centre) -> Iterator[list[str]]:
    """Servers that a test stopped; they are up again afterwards."""
    names: list[str] = []
    yield names
    for name in names:
        centre.lab.tell("start", name)
    until(centre.nodes_are_well)


def test_a_failed_node_ends_its_jobs_and_is_not_delivered(centre: Centre) -> None:
    view = view_of(301)
    centre.site.ensure(view)
    node = node_of(centre, view)
    # The other node is away, so that Slurm cannot put it in place of the failed one.
    other = "n1" if node == "n2" else "n2"
    centre.scontrol("update", f"nodename={other}", "state=drain", "reason=kept away")
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "60"), 1, 60))
    until(lambda: "R" in centre.admin("squeue", "-h", "-o", "%t"))

    began = wall_now()
    centre.scontrol("update", f"nodename={node}", "state=down", "reason=no power")
    until(lambda: not centre.site.job_state(view, "job-1").running)
    time.sleep(2)
    ended = wall_now()
    status = centre.site.inspect(view)

    assert centre.site.job_state(view, "job-1").reason == "node failure"
    assert (status.alive, status.healthy) == (True, False)
    assert status.detail == f"{node} down (no power)"
    told = metered(centre, view, MeterWindow(START, began, ended))
    assert told.delivered_device_seconds < 4 * 450
    assert told.unhealthy_device_seconds > 4 * 450

    centre.scontrol("update", f"nodename={node}", "state=resume")
    until(lambda: centre.site.inspect(view).healthy)


def test_a_drained_node_is_not_delivered_though_its_jobs_run_on(centre: Centre) -> None:
    view = view_of(302, devices=8)
    centre.site.ensure(view)

    centre.scontrol("update", "nodename=n2", "state=drain", "reason=fan")
    until(lambda: not centre.site.inspect(view).healthy)

    began = wall_now()
    time.sleep(2)
    told = metered(centre, view, MeterWindow(START, began, wall_now()))
    assert centre.site.inspect(view).detail == "n2 idle DRAIN (fan)"
    assert told.delivered_device_seconds == told.unhealthy_device_seconds == 4 * 900


def test_fewer_nodes_than_asked_for_are_no_hand_over(centre: Centre) -> None:
    centre.scontrol("update", "nodename=n2", "state=down", "reason=test")

    with pytest.raises(ConnectorFailed):
        centre.site.ensure(view_of(303, devices=8))

    assert centre.reservations() == []


def test_a_node_lost_before_acceptance_is_missing_in_it(centre: Centre) -> None:
    view = view_of(304, devices=8)
    centre.site.ensure(view)
    centre.scontrol("update", "nodename=n1", "state=down", "reason=test")

    measured = centre.site.accept_test(view)

    assert measured.devices_found == 4
    assert measured.evidence["nodes_missing"] == {"n1": "down (test)"}


def test_a_whole_node_over_a_part_is_not_delivered(centre: Centre) -> None:
    """Slurm 22.05 allows it, and our jobs would wait for ever."""
    view = view_of(305, devices=2)
    centre.site.ensure(view)
    node = node_of(centre, view)

    centre.reserve("site", f"Nodes={node}")
    began = wall_now()
    time.sleep(2)

    until(lambda: not centre.site.inspect(view).healthy)
    assert f"{node} is reserved twice: site" in centre.site.inspect(view).detail
    told = metered(centre, view, MeterWindow(START, began, wall_now()))
    assert told.delivered_device_seconds < 2 * 450


def test_a_whole_node_that_lies_over_others_parts_is_taken_back(centre: Centre) -> None:
    """Asked for whole nodes, Slurm 22.05 gives what is in part reserved."""
    for node in ("n1", "n2"):
        centre.reserve(f"site-{node}", f"Nodes={node}", "CoreCnt=2")

    with pytest.raises(ConnectorFailed):
        centre.site.ensure(view_of(306))

    assert centre.reservations() == ["site-n1", "site-n2"]


def test_a_reservation_that_somebody_deleted_is_gone(centre: Centre) -> None:
    view = view_of(307)
    centre.site.ensure(view)

    centre.scontrol("delete", "reservation", view.external_name)

    until(lambda: not centre.site.inspect(view).alive)
    with pytest.raises(ConnectorFailed, match="gone"):
        centre.site.run_job(view, JobSpec("job-1", ("true",), 1, 10))


def test_a_reservation_that_the_controller_lost_is_not_read_though_accounting_has_it(
    centre: Centre, stopped: list[str]
) -> None:
    view, began = view_of(315), wall_now()
    centre.site.ensure(view)
    centre.lab.tell("stop", "slurmctld")
    stopped.append("slurmctld")
    for state in (centre.lab.at.root / "ctld").glob("resv_state*"):
        state.unlink()
    centre.lab.tell("start", stopped.pop())
    until(centre.nodes_are_well)

    assert not centre.site.inspect(view).alive
    assert centre.site.read_meter(view, [MeterWindow(START, began, wall_now())]) == [None]
    centre.site.ensure(later(view, 2))
    told = metered(centre, later(view, 2), MeterWindow(START, began, wall_now()))
    assert 0 < told.delivered_device_seconds < 4 * 900


@pytest.mark.parametrize("server", ["slurmrestd", "slurmctld"])
def test_a_server_that_is_away_ends_nothing(
    centre: Centre, stopped: list[str], server: str
) -> None:
    view = view_of(308 if server == "slurmrestd" else 309, devices=1)
    centre.site.ensure(view)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "4"), 1, 60))
    began = wall_now()

    # Killed, the controller would lose what it had not yet written down.
    centre.lab.tell("kill" if server == "slurmrestd" else "stop", server)
    stopped.append(server)
    time.sleep(1.2)
    with pytest.raises(ConnectorFailed):
        centre.site.inspect(view)
    with pytest.raises(ConnectorFailed):
        centre.site.read_meter(view, [MeterWindow(START, began, wall_now())])

    centre.lab.tell("start", stopped.pop())
    until(lambda: centre.site.inspect(view).healthy)
    until(lambda: not centre.site.job_state(view, "job-1").running)
    assert centre.site.job_state(view, "job-1").exit_code == 0
    assert centre.site.ensure(view).adopted
    told = metered(centre, view, MeterWindow(START, began, wall_now()))
    assert told.delivered_device_seconds == 900


def test_while_accounting_is_away_meters_are_silent_and_then_tell_all(
    centre: Centre, stopped: list[str]
) -> None:
    view = view_of(310)
    centre.site.ensure(view)
    began = wall_now()
    metered(centre, view, MeterWindow(START, began, wall_now()))

    # Killed, it would forget what it had not yet committed.
    centre.lab.tell("stop", "slurmdbd")
    stopped.append("slurmdbd")
    try:
        silent = centre.site.read_meter(view, [MeterWindow(START, began, wall_now())])
    except ConnectorFailed:
        silent = [None]
    assert silent == [None]
    with pytest.raises(ConnectorFailed):
        centre.site.inventory()

    centre.lab.tell("start", stopped.pop())
    told = metered(centre, view, MeterWindow(START, began, wall_now()))
    assert told.delivered_device_seconds == 4 * 900


def test_a_site_whose_clock_is_off_by_minutes_delivers_nothing(
    centre: Centre, stopped: list[str]
) -> None:
    view, window = view_of(311), MeterWindow(START, wall_now(), wall_now())
    centre.site.ensure(view)
    centre.lab.tell("stop", "slurmctld")
    stopped.append("slurmctld")

    centre.lab.tell("start", "slurmctld", "faketime", "-f", "+90s")
    until(lambda: not centre.site.inspect(view).healthy)

    assert "the site's clock is off by " in centre.site.inspect(view).detail
    assert 89 <= centre.site.cluster.look().skew_s <= 91
    assert centre.site.read_meter(view, [window]) == [None]
    centre.lab.tell("stop", "slurmctld")


def test_a_token_that_the_site_refuses_is_told(centre: Centre, tmp_path: Any) -> None:
    key = tmp_path / "other.key"
    key.write_bytes(b"x" * 32)
    site = SlurmConnector(**table_of(centre.lab) | {"jwt_key_file": str(key)})

    with pytest.raises(ConnectorFailed, match="slurmrestd"):
        site.inspect(view_of(312))
    site.rest.client.close()


def test_a_command_of_the_centre_may_give_the_tokens(centre: Centre) -> None:
    """It may refuse: it gives none for the administrator."""
    token = Tokens(centre.site.options).of("gridhour")
    program = f'test "$0" = gridhour && echo SLURM_JWT={token}'
    command = ("sh", "-c", program, "{user}")
    tokens = Tokens(replace(centre.site.options, token_command=command, jwt_key_file=""))

    assert tokens.of("gridhour") == token
    with pytest.raises(ConnectorFailed, match="no token for root"):
        tokens.of("root")


def test_what_nobody_owns_is_ended_by_the_sweep(centre: Centre, settings: Any) -> None:
    """One is whole, of one only the account was made, and the centre's own stays."""
    path = "delivery.adapters.slurm.connector.SlurmConnector"
    settings.CONNECTORS = {"lab": (path, table_of(centre.lab))}
    connector_named.cache_clear()
    centre.site.ensure(view_of(313, devices=2))
    centre.site.accounts.ensure("gh-GH-2026-314-g1", 1)
    centre.reserve("site", "Nodes=n1", "CoreCnt=1")

    assert release_orphans() == 2

    assert centre.leftovers() == ["site"]
    centre.close("lab")
