"""Jobs of the agent's Slurm connector: handed in once, read, cancelled, told."""

import os
from pathlib import Path

import pytest
from gridhour_agent.connector import ConnectorFailed, Handover, JobSpec, JobStatus
from gridhour_agent.connectors.slurm import MOST_LIMIT_S, SlurmConnector

from tests.unit.agent.slurm_site import StandIn

ONE = Handover("gh-GH-2026-1-g1", 2, 1, "here-h800")


@pytest.fixture
def slurm(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def site(slurm: StandIn) -> SlurmConnector:
    site = slurm.connector()
    site.ensure(ONE)
    return site


def job(*argv: str, name: str = "job-1", limit_s: int = 30, **env: str) -> JobSpec:
    return JobSpec(name, argv, 1, limit_s, tuple(env.items()))


def test_a_job_runs_once_as_its_job_user_with_its_own_environment_alone(
    slurm: StandIn, site: SlurmConnector
) -> None:
    spec = job("sh", "-c", 'echo "$WHO|$GRIDHOUR_JOB|$PYTHONPATH"; exit 3', WHO="a,b 'c\n$(id)")
    site.run_job(ONE.name, spec)
    slurm.connector().run_job(ONE.name, spec)

    told = slurm.look()["jobs"]
    user = site.accounts.of(ONE.name).user
    assert list(told) == ["1"]
    assert {
        *("--export=NIL", "--no-requeue", "--gres=gpu:h800:1", "--cpus-per-task=1", "--time=2"),
        *("--account=gh-gh-2026-1-g1", f"--reservation={ONE.name}", "--mem-per-cpu=200"),
    } < set(told["1"]["words"])
    assert (slurm.bin / "became").read_text().split() == [user]
    assert site.jobs(ONE.name) == {"job-1": JobStatus(False, 3, "", 1_250)}
    assert site.job_log(ONE.name, "job-1", 0) == b"a,b 'c\n$(id)|job-1|\n"
    assert site.job_log(ONE.name, "job-1", 3) == b" 'c\n$(id)|job-1|\n"
    assert site.job_log(ONE.name, "never", 0) == b""


def test_words_of_a_job_are_words(slurm: StandIn, site: SlurmConnector) -> None:
    words = ("echo", "a b", "$(id)", "'; touch owned; '", "\n#SBATCH --account=own\n", "`id`")

    site.run_job(ONE.name, job(*words))

    assert site.job_log(ONE.name, "job-1", 0).decode() == " ".join(words[1:]) + "\n"


@pytest.mark.parametrize(
    "spec",
    [
        job("true", name="../job"),
        job("true", name="acceptance"),
        job("true", limit_s=0),
        job("true", limit_s=MOST_LIMIT_S + 1),
        job("true", **{"A B": "x"}),
        job("true", SLURM_CONF="x"),
        job("true", CUDA_VISIBLE_DEVICES="0,1,2,3"),
        job("a\0b"),
        job("a\ud800b"),
        job("x" * 2_000_000),
    ],
)
def test_what_is_no_job_is_not_handed_in(
    slurm: StandIn, site: SlurmConnector, spec: JobSpec
) -> None:
    with pytest.raises(ConnectorFailed):
        site.run_job(ONE.name, spec)
    assert slurm.look()["jobs"] == {}


def test_a_job_whose_answer_was_lost_is_not_handed_in_again(
    slurm: StandIn, site: SlurmConnector
) -> None:
    slurm.fault("sbatch lost")
    with pytest.raises(ConnectorFailed, match="timed out"):
        site.run_job(ONE.name, job("true"))

    site.run_job(ONE.name, job("true"))

    assert list(slurm.look()["jobs"]) == ["1"]


def test_a_long_job_prolongs_the_reservation(slurm: StandIn, site: SlurmConnector) -> None:
    before = slurm.look()["reservations"][ONE.name]["end"]

    site.run_job(ONE.name, job("sleep", "9", limit_s=24 * 3_600))

    assert slurm.look()["reservations"][ONE.name]["end"] - before > 19 * 3_600


def test_a_cancelled_job_ends_and_cancelling_again_is_nothing(site: SlurmConnector) -> None:
    site.run_job(ONE.name, job("sleep", "60"))
    assert site.jobs(ONE.name)["job-1"].running

    site.cancel_job(ONE.name, "job-1")
    site.cancel_job(ONE.name, "job-1")
    site.cancel_job(ONE.name, "never")

    assert site.jobs(ONE.name) == {"job-1": JobStatus(False, -15, "cancelled", 1_250)}


def test_of_two_of_a_name_the_first_is_the_job(slurm: StandIn, site: SlurmConnector) -> None:
    site.run_job(ONE.name, job("sleep", "60"))
    with slurm.changed() as told:
        told["jobs"]["2"] = dict(told["jobs"]["1"])
        told["jobs"]["3"] = told["jobs"]["1"] | {"name": "of the buyer's own"}

    assert list(site.jobs(ONE.name)) == ["job-1"]

    states = [each["state"] for each in slurm.look()["jobs"].values()]
    assert states == ["RUNNING", "CANCELLED", "RUNNING"]


@pytest.mark.parametrize("name", ["bad name!", "../x", "acceptance", "", "x.y z", "x|y"])
def test_names_that_a_buyer_gives_own_jobs_are_nobodys(
    slurm: StandIn, site: SlurmConnector, name: str
) -> None:
    site.run_job(ONE.name, job("true"))
    with slurm.changed() as told:
        told["jobs"]["2"] = told["jobs"]["1"] | {"name": f"{ONE.name}.{name}"}

    assert list(site.jobs(ONE.name)) == ["job-1"]


def test_a_name_that_looks_like_another_job_ends_nobody_elses(
    slurm: StandIn, site: SlurmConnector
) -> None:
    site.run_job(ONE.name, job("sleep", "60"))
    with slurm.changed() as told:
        told["jobs"]["7"] = told["jobs"]["1"] | {"account": "own", "name": "of the centre"}
        line = f"x\n7           0           RUNNING             {ONE.name}.job-1"
        told["jobs"]["2"] = told["jobs"]["1"] | {"name": line}

    site.jobs(ONE.name)
    site.release(ONE.name)

    states = {number: each["state"] for number, each in slurm.look()["jobs"].items()}
    assert states == {"1": "CANCELLED", "2": "CANCELLED", "7": "RUNNING"}


def test_a_job_that_slurm_begins_again_has_failed(slurm: StandIn, site: SlurmConnector) -> None:
    site.run_job(ONE.name, job("sleep", "60"))
    with slurm.changed() as told:
        told["jobs"]["1"]["restarts"] = 1

    assert site.jobs(ONE.name)["job-1"].reason == "node failure"
    assert slurm.look()["jobs"]["1"]["state"] == "CANCELLED"
    assert site.jobs(ONE.name)["job-1"].reason == "node failure"


def test_a_job_runs_until_its_end_is_recorded(slurm: StandIn, site: SlurmConnector) -> None:
    site.run_job(ONE.name, job("true"))
    with slurm.changed() as told:
        told["jobs"]["1"]["unrecorded"] = True
    before = site.jobs(ONE.name)["job-1"]
    with slurm.changed() as told:
        told["jobs"]["1"] |= {"unrecorded": False, "forgotten": True}

    assert before.running
    assert site.jobs(ONE.name)["job-1"].exit_code == 0


def test_a_job_that_the_controller_lost_is_lost_once_nothing_waits_to_be_recorded(
    slurm: StandIn,
) -> None:
    site = slurm.connector()
    site.ensure(ONE)
    site.run_job(ONE.name, job("sleep", "60"))
    with slurm.changed() as told:
        told["jobs"]["1"]["forgotten"], told["unrecorded"] = True, 4
    before = slurm.connector().jobs(ONE.name)["job-1"]
    with slurm.changed() as told:
        told["unrecorded"] = 0

    assert before.running
    assert slurm.connector().jobs(ONE.name)["job-1"].reason == "lost by the site"


@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_what_is_no_plain_file_is_not_read(slurm: StandIn, site: SlurmConnector, kind: str) -> None:
    site.run_job(ONE.name, job("echo", "hello"))
    output = Path(site.slurm_jobs.output(site.accounts.of(ONE.name).user, f"{ONE.name}.job-1"))
    output.unlink()
    if kind == "link":
        output.symlink_to("/etc/hostname")
    elif kind == "pipe":
        os.mkfifo(output)
    else:
        output.mkdir()

    assert site.job_log(ONE.name, "job-1", 0) == b""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_elses_is_not_read(slurm: StandIn, site: SlurmConnector) -> None:
    site.run_job(ONE.name, job("echo", "hello"))
    output = site.slurm_jobs.output(site.accounts.of(ONE.name).user, f"{ONE.name}.job-1")
    assert site.job_log(ONE.name, "job-1", 0) == b"hello\n"

    os.chown(output, 61_234, 61_234)

    assert site.job_log(ONE.name, "job-1", 0) == b""


def test_jobs_of_a_hand_over_that_is_gone_are_refused(site: SlurmConnector) -> None:
    with pytest.raises(ConnectorFailed, match="no job user"):
        site.run_job("gh-GH-2026-9-g1", job("true"))
    site.reservations.delete(ONE.name)
    with pytest.raises(ConnectorFailed, match="is gone"):
        site.run_job(ONE.name, job("true"))
