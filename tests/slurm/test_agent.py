"""The site agent's own Slurm connector on a real cluster, by Slurm's programs alone."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gridhour_agent.connector import (
    ConnectorFailed,
    Fenced,
    Handover,
    JobSpec,
    JobStatus,
    Metered,
    MeterWindow,
)
from gridhour_agent.connectors.slurm import SlurmConnector

from tests.slurm.conftest import START, Centre, until
from tests.slurm.lab import layout
from tests.slurm.lab.cluster import SlurmCluster

# The job users exist in the cluster's own view only: `nsenter` goes there first.
TOML = """\
cluster = "lab"
job_users = {users}
job_dir = "{folder}/jobs/{{user}}"
slurm_conf = "{folder}/slurm.conf"
as_user = ["nsenter", "--target", "{inside}", "--mount", "runuser", "-u", "{{user}}", "--"]
python = "{folder}/python"

[pools.here-h800]
partition = "market"
gres = "gpu:h800"
devices_per_node = {devices}
cores_per_node = {cores}
memory_mb_per_core = 200
"""


@dataclass
class Site:
    """The agent's connector, and the centre as its administrator sees it."""

    centre: Centre
    state: Path
    slurm: SlurmConnector

    def forgetful(self) -> SlurmConnector:
        """Return the connector of an agent that has nothing but the centre's file."""
        return SlurmConnector(self.state)

    def ended(self, name: str, job: str) -> JobStatus:
        until(lambda: not self.slurm.jobs(name)[job].running)
        return self.slurm.jobs(name)[job]

    def metered(self, handover: Handover, window: MeterWindow) -> Metered:
        """Return the quarter once accounting has everything."""
        found: list[Metered | None] = []

        def is_told() -> bool:
            found[:] = self.slurm.read_meter(handover, [window])
            return found[0] is not None

        until(is_told)
        assert found[0] is not None
        return found[0]


@pytest.fixture
def site(centre: Centre, lab: SlurmCluster, tmp_path: Path) -> Iterator[Site]:
    first = str(lab._first.pid)
    inside = subprocess.run(["pgrep", "--parent", first], capture_output=True, text=True).stdout
    words = {"folder": lab.at.folder, "inside": inside.split()[0], "users": [*layout.JOB_USERS]}
    sizes = {"devices": layout.DEVICES_PER_NODE, "cores": layout.CORES_PER_NODE}
    (tmp_path / "slurm.toml").write_text(TOML.format(**words, **sizes))
    site = Site(centre, tmp_path, SlurmConnector(tmp_path))
    yield site
    until(centre.answers)
    for name in site.slurm.inventory():
        site.slurm.release(name)


def handover(number: int, generation: int = 1, devices: int = 4) -> Handover:
    return Handover(f"gh-GH-2026-{number}-g{generation}", devices, 1, "here-h800")


def now() -> datetime:
    return datetime.now(UTC)


def test_a_hand_over_from_its_making_to_its_end(site: Site) -> None:
    one = handover(901, devices=6)
    site.slurm.ensure(one)

    measured = site.slurm.accept_test(one)
    site.slurm.run_job(
        one.name, JobSpec("job-1", ("sh", "-c", "id -un; id -Gn; echo $WHO; exit 3"), 2, 60,
                          (("WHO", "a,b 'c $(id)"),))
    )  # fmt: skip
    status = site.ended(one.name, "job-1")
    user, output = site.slurm.accounts.of(one.name).user, site.slurm.job_log(one.name, "job-1", 0)

    assert (measured.devices_found, measured.evidence["nodes_missing"]) == (6, {})
    assert measured.gflops_per_device >= 1
    assert [line["node"] for line in measured.evidence["nodes"]] in (["n1", "n2"], ["n2", "n1"])
    assert (status.exit_code, status.reason) == (3, "")
    assert status.cpu_ms is not None
    # Neither the agent's account nor its groups.
    assert output.decode() == f"{user}\n{user}\na,b 'c $(id)\n"
    assert site.slurm.job_log(one.name, "job-1", 6) == output[6:]

    site.slurm.run_job(one.name, JobSpec("job-2", ("sleep", "60"), 2, 60))
    until(lambda: "job-2" in "".join(site.centre.active_jobs()))
    site.slurm.release(one.name)
    site.slurm.release(one.name)

    assert site.centre.leftovers() == []
    assert site.slurm.inventory() == []
    assert not site.slurm.inspect(one.name).alive


def test_an_agent_that_forgot_everything_adopts_what_stands(site: Site) -> None:
    one = handover(902, devices=2)
    site.slurm.ensure(one)
    job = JobSpec("job-1", ("sh", "-c", "date +%s%N; sleep 2"), 1, 60)
    site.slurm.run_job(one.name, job)
    before = site.centre.scontrol("-o", "show", "reservation", one.name)

    again = site.forgetful()
    again.ensure(one)
    again.run_job(one.name, job)

    assert site.centre.scontrol("-o", "show", "reservation", one.name) == before
    assert list(again.inventory()) == [one.name]
    assert again.inspect(one.name).healthy
    assert site.ended(one.name, "job-1").exit_code == 0
    assert len(again.job_log(one.name, "job-1", 0).splitlines()) == 1


def test_a_later_generation_fences_also_once_it_has_ended(site: Site) -> None:
    site.slurm.ensure(handover(903))

    site.slurm.ensure(handover(903, 3))

    assert site.centre.reservations() == [handover(903, 3).name]
    with pytest.raises(Fenced):
        site.forgetful().ensure(handover(903, 2))
    site.slurm.release(handover(903, 3).name)
    with pytest.raises(Fenced):
        site.forgetful().ensure(handover(903, 2))
    assert site.centre.leftovers() == []


def test_jobs_are_cancelled_and_end_by_their_limit(site: Site) -> None:
    one = handover(904)
    site.slurm.ensure(one)
    site.slurm.run_job(one.name, JobSpec("job-1", ("sleep", "60"), 1, 60))
    site.slurm.run_job(one.name, JobSpec("job-2", ("sleep", "60"), 1, 1))
    until(lambda: "R" in site.centre.admin("squeue", "-h", "-o", "%t"))

    site.slurm.cancel_job(one.name, "job-1")
    site.slurm.cancel_job(one.name, "job-1")

    assert site.ended(one.name, "job-1").reason == "cancelled"
    assert site.ended(one.name, "job-2").reason == "time limit"


def test_words_of_a_job_give_slurm_no_options(site: Site) -> None:
    one = handover(905, devices=1)
    site.slurm.ensure(one)
    words = ("a b", "$(id)", "\n#SBATCH --output=/tmp/elsewhere\n", "'; id; '")

    site.slurm.run_job(one.name, JobSpec("job-1", ("printf", "<%s>", *words), 1, 20))

    assert site.ended(one.name, "job-1").exit_code == 0
    output = site.slurm.job_log(one.name, "job-1", 0).decode()
    assert output == "".join(f"<{word}>" for word in words)


def test_no_job_enters_another_hand_over(site: Site) -> None:
    """Handed in as the one's job user, for the other's reservation, or its account too."""
    one, other = handover(906, devices=1), handover(907, devices=1)
    site.slurm.ensure(one)
    site.slurm.ensure(other)
    jobs, user = site.slurm.slurm_jobs, site.slurm.accounts.of(one.name).user
    assert user != site.slurm.accounts.of(other.name).user
    script = "#!/bin/sh\necho in\n"
    words = ("sbatch", "--parsable", "--gres=gpu:h800:1", "--mem-per-cpu=200", "--time=2")
    for account in (one, other):
        where = (f"--account={account.name.lower()}", f"--reservation={other.name}")
        with pytest.raises(ConnectorFailed, match=r"denied|Invalid account"):
            jobs.programs.run_as(user, script, *words, *where, "--chdir=/tmp")

    assert site.centre.active_jobs() == []


def test_a_number_of_another_hand_over_is_not_cancelled(site: Site) -> None:
    """A buyer's job gives another one a name that looks like a line of `squeue`."""
    one, other = handover(913, devices=1), handover(914, devices=1)
    for each in (one, other):
        site.slurm.ensure(each)
        site.slurm.run_job(each.name, JobSpec("job-1", ("sleep", "60"), 1, 60))
    (number,) = site.slurm.slurm_jobs.active(other.name)
    line = f"x\n{number} 0 RUNNING {one.name}.job-1"
    words = ("sbatch", "--gres=gpu:h800:1", "--mem-per-cpu=200", "--time=2", "--chdir=/tmp")
    where = (f"--account={one.name.lower()}", f"--reservation={one.name}", f"--job-name={line}")
    user = site.slurm.accounts.of(one.name).user
    site.slurm.slurm_jobs.programs.run_as(user, "#!/bin/sh\nsleep 60\n", *words, *where)

    assert list(site.slurm.jobs(one.name)) == ["job-1"]
    site.slurm.slurm_jobs.cancel(one.name, [number])
    site.slurm.release(one.name)

    assert site.slurm.slurm_jobs.active(other.name) == [number]


def test_a_drained_node_is_metered_as_ill(site: Site) -> None:
    one = handover(908, devices=8)
    site.slurm.ensure(one)
    began = now()
    time.sleep(2)
    well = site.metered(one, MeterWindow(START, began, now()))

    site.centre.scontrol("update", "nodename=n2", "state=drain", "reason=fan")
    until(lambda: not site.slurm.inspect(one.name).healthy)
    began = now()
    time.sleep(2)
    window = MeterWindow(START, began, now())
    ill = site.metered(Handover(one.name, 8), window)

    # The reservation began in the second in which the agent looked at its clock.
    assert well.delivered_device_seconds + well.unhealthy_device_seconds >= 8 * 900 // 2
    assert well.unhealthy_device_seconds == 0
    assert site.slurm.inspect(one.name).detail == "n2 IDLE DRAIN (fan)"
    assert (ill.delivered_device_seconds, ill.unhealthy_device_seconds) == (3_600, 3_600)
    site.centre.scontrol("update", "nodename=n2", "state=resume")
    site.slurm.release(one.name)
    assert site.metered(one, window) == ill


def test_a_whole_node_laid_over_a_part_is_not_healthy(site: Site) -> None:
    one = handover(909, devices=2)
    site.slurm.ensure(one)
    (node,) = site.slurm.cluster.look_now().held(one.name).nodes

    site.centre.reserve("site", f"Nodes={node}")

    until(lambda: not site.slurm.inspect(one.name).healthy)
    assert f"{node} is reserved twice: site" in site.slurm.inspect(one.name).detail


def test_a_reservation_is_prolonged_and_a_long_job_fits_into_it(site: Site) -> None:
    one = handover(910, devices=1)
    site.slurm.ensure(one)
    site.centre.scontrol("update", f"ReservationName={one.name}", "Duration=5")

    assert site.forgetful().inspect(one.name).healthy
    looked = site.slurm.cluster.look_now().held(one.name)
    assert looked.ends_s - time.time() > 230 * 60

    site.slurm.run_job(one.name, JobSpec("job-1", ("echo", "in"), 1, 8 * 3_600))
    assert site.ended(one.name, "job-1").exit_code == 0
    assert site.slurm.cluster.look_now().held(one.name).ends_s - time.time() > 8 * 3_600
    records = site.slurm.reservations.records_of(one.chain, 1, 1)
    assert len(records) == 1


@pytest.mark.parametrize("server", ["slurmctld", "slurmdbd"])
def test_a_server_that_is_away_ends_nothing(site: Site, server: str) -> None:
    one = handover(911 if server == "slurmctld" else 912, devices=1)
    site.slurm.ensure(one)
    began = now()
    site.centre.lab.tell("stop", server)
    try:
        with pytest.raises(ConnectorFailed):
            site.forgetful().ensure(one)
    finally:
        site.centre.lab.tell("start", server)
    until(site.centre.answers)
    until(site.centre.nodes_are_well)

    site.forgetful().ensure(one)

    assert site.forgetful().inspect(one.name).healthy
    assert site.metered(one, MeterWindow(START, began, now())).delivered_device_seconds == 900
