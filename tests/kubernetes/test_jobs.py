"""Jobs and acceptance on a pretended cluster; their processes are real."""

import threading
from functools import partial

import pytest

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes.connector import KubernetesConnector
from delivery.domain.handover import JobSpec
from tests.kubernetes.conftest import Centre, apart, namespace_of, own_pod, view_of
from tests.kubernetes.lab.server import until

TELLS = "echo $GRIDHOUR_JOB $GRIDHOUR_DEVICES $NVIDIA_VISIBLE_DEVICES $GRIDHOUR_NODE"


def test_a_job_runs_on_its_own_devices_and_tells(centre: Centre) -> None:
    view = view_of(201)
    centre.made(view)

    status = centre.run(view, "job-1", "sh", "-c", f"{TELLS}; exit 0")

    assert (status.exit_code, status.reason) == (0, "")
    assert centre.site.job_log(view, "job-1", 0) == b"job-1 1 GPU-0 n1\n"
    assert centre.site.job_log(view, "job-1", 6) == b"1 GPU-0 n1\n"
    assert not centre.site.job_state(view, "job-2").known


def test_while_a_job_runs_the_rest_is_held_and_all_of_it_afterwards(centre: Centre) -> None:
    view = view_of(202, devices=8)
    centre.made(view)

    centre.site.run_job(view, JobSpec("job-1", ("sleep", "3"), 3, 20))

    until(lambda: centre.whole(view))
    assert centre.held(view) == [("n1", 5)]
    until(lambda: not centre.site.job_state(view, "job-1").running)
    until(lambda: centre.whole(view))
    assert sum(devices for _node, devices in centre.held(view)) == 8


def test_a_job_comes_before_the_centres_own_work_that_waits(centre: Centre) -> None:
    """The devices that a holder leaves go to the job, though others waited longer."""
    view = view_of(203, devices=8)
    centre.made(view)
    centre.cluster.add("Namespace", "", {"metadata": {"name": "own"}})
    for node in ("n1", "n2"):
        pod = own_pod(f"train-{node}", 8, "")
        pod["spec"]["affinity"] = {}
        centre.cluster.add("Pod", "own", pod)

    status = centre.run(view, "job-1", "true")

    assert status.exit_code == 0
    until(lambda: centre.whole(view))
    waiting = [row for row in centre.cluster.rows("Pod", "own") if not row["spec"].get("nodeName")]
    assert len(waiting) == 1


def test_handing_a_job_in_twice_runs_it_once(centre: Centre) -> None:
    view = view_of(204)
    centre.made(view)
    job = JobSpec("job-1", ("sh", "-c", "date +%s%N"), 1, 10)

    centre.site.run_job(view, job)
    centre.site.run_job(view, job)
    until(lambda: not centre.site.job_state(view, "job-1").running)
    centre.site.run_job(view, job)

    assert len(centre.cluster.names("Job", namespace_of(centre))) == 1
    assert len(centre.site.job_log(view, "job-1", 0).splitlines()) == 1


@pytest.mark.parametrize("count", range(3))
def test_a_worker_that_dies_while_it_hands_a_job_in_leaves_one_that_runs_once(
    centre: Centre, count: int
) -> None:
    view = view_of(205, devices=8)
    centre.made(view)
    centre.cluster.writes.clear()
    centre.cluster.goes_away_after = count
    job = JobSpec("job-1", ("echo", "done"), 1, 10)
    with pytest.raises(ConnectorFailed):
        centre.site.run_job(view, job)
    centre.cluster.goes_away_after = None

    if not centre.site.job_state(view, "job-1").known:
        centre.site.run_job(view, job)

    def is_over() -> bool:
        centre.site.inspect(view)
        return not centre.site.job_state(view, "job-1").running

    until(is_over)
    assert centre.site.job_log(view, "job-1", 0) == b"done\n"
    until(lambda: centre.whole(view))


def test_of_two_jobs_that_are_sent_to_the_same_devices_one_is_taken_back(
    centre: Centre,
) -> None:
    """Both workers had looked before either had handed its job in."""
    view = view_of(206, devices=2)
    centre.made(view)
    other = KubernetesConnector(**centre.table)
    call = f"POST /apis/batch/v1/namespaces/{namespace_of(centre)}/jobs"
    first = JobSpec("job-1", ("sleep", "60"), 2, 60)
    centre.cluster.meanwhile[call] = apart(lambda: other.run_job(view, first))

    with pytest.raises(ConnectorFailed, match="another job was sent"):
        centre.site.run_job(view, JobSpec("job-2", ("sleep", "60"), 2, 60))

    assert centre.cluster.names("Job", namespace_of(centre)) == ["job-1"]
    with pytest.raises(ConnectorFailed, match="no node has room for 2 devices"):
        centre.site.run_job(view, JobSpec("job-2", ("sleep", "60"), 2, 60))
    other.api.close()


def test_a_job_ends_at_its_time_limit_and_another_when_cancelled(centre: Centre) -> None:
    view = view_of(207, devices=2)
    centre.made(view)
    centre.site.run_job(view, JobSpec("job-2", ("sh", "-c", "echo on; sleep 60"), 1, 60))
    until(lambda: centre.site.job_log(view, "job-2", 0) == b"on\n")

    status = centre.run(view, "job-1", "sleep", "60", limit=1)
    centre.site.cancel_job(view, "job-2")
    centre.site.cancel_job(view, "job-2")

    until(lambda: not centre.site.job_state(view, "job-2").running)
    assert status.reason == "time limit"
    assert centre.site.job_state(view, "job-2").reason == "cancelled"
    assert centre.site.job_log(view, "job-2", 0) == b"on\n"
    centre.site.cancel_job(view, "job-1")
    assert centre.site.job_state(view, "job-1").reason == "time limit"


@pytest.mark.parametrize("paused", ["jobs", "scheduler"])
def test_a_job_is_cancelled_before_it_has_a_pod_or_a_node(centre: Centre, paused: str) -> None:
    view = view_of(208)
    centre.made(view)
    centre.cluster.machines.paused.add(paused)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "60"), 1, 60))
    assert centre.site.job_state(view, "job-1").running

    centre.site.cancel_job(view, "job-1")
    centre.cluster.machines.paused.clear()

    until(lambda: not centre.site.job_state(view, "job-1").running)
    assert centre.site.job_state(view, "job-1").reason == "cancelled"


def test_a_failing_job_tells_its_exit_code(centre: Centre) -> None:
    view = view_of(209)
    centre.made(view)

    status = centre.run(view, "job-1", "sh", "-c", "exit 3")

    assert (status.exit_code, status.reason) == (3, "")


def test_words_of_a_job_are_words_and_no_commands(centre: Centre) -> None:
    view = view_of(210)
    centre.made(view)

    centre.run(view, "job-1", "echo", "a b", "$(id)", "'; touch owned; '")

    assert centre.site.job_log(view, "job-1", 0) == b"a b $(id) '; touch owned; '\n"


def test_a_job_over_two_nodes_has_a_numbered_pod_on_each(centre: Centre) -> None:
    view = view_of(211, devices=16)
    centre.made(view)
    tells = "echo $JOB_COMPLETION_INDEX of $GRIDHOUR_PODS: $GRIDHOUR_POD_DEVICES; sleep 1"

    centre.site.run_job(view, JobSpec("job-1", ("sh", "-c", tells), 12, 20))
    until(lambda: not centre.site.job_state(view, "job-1").running)

    pods = centre.site.jobs.pods(view.external_name, "job-1")
    assert [(pod.index, pod.devices) for pod in pods] == [(0, 6), (1, 6)]
    assert {pod.node for pod in pods} == {"n1", "n2"}
    assert centre.site.job_state(view, "job-1").exit_code == 0
    assert centre.site.job_log(view, "job-1", 0) == b"0 of 2: 6\n"
    until(lambda: centre.whole(view))


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("OOMKilled", "out of memory"),
        ("Evicted", "evicted by the site"),
        ("NodeShutdown", "node failure"),
    ],
)
def test_a_pod_that_the_site_ended_says_why(centre: Centre, told: str, reason: str) -> None:
    view = view_of(212)
    centre.made(view)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "60"), 1, 60))
    until(lambda: centre.whole(view))
    [pod] = [row for row in centre.cluster.rows("Pod") if row["metadata"]["name"].startswith("job")]

    centre.cluster.end(pod, 137, told)

    until(lambda: not centre.site.job_state(view, "job-1").running)
    status = centre.site.job_state(view, "job-1")
    assert (status.exit_code, status.reason) == (137, reason)


def test_a_pod_that_vanished_with_its_node_ended_its_job(centre: Centre) -> None:
    view = view_of(213)
    centre.made(view)
    centre.site.run_job(view, JobSpec("job-1", ("sleep", "60"), 1, 60))
    until(lambda: centre.whole(view))
    [name] = [name for name in centre.cluster.names("Pod") if name.startswith("job")]

    centre.cluster.remove("Pod", namespace_of(centre), name)

    until(lambda: not centre.site.job_state(view, "job-1").running)
    status = centre.site.job_state(view, "job-1")
    assert (status.exit_code, status.reason) == (None, "node failure")


@pytest.mark.parametrize("name", ["hold-0-1", "acceptance-0", "Job", "a_b", "x" * 60, ""])
def test_a_job_of_a_name_that_is_ours_or_no_name_is_refused(centre: Centre, name: str) -> None:
    view = view_of(217)
    with pytest.raises(ConnectorFailed, match="not a job's name"):
        centre.site.run_job(view, JobSpec(name, ("true",), 1, 10))


def test_a_job_for_a_namespace_that_is_gone_is_refused(centre: Centre) -> None:
    with pytest.raises(ConnectorFailed, match="namespace of gh-GH-2026-218-g1 is gone"):
        centre.site.run_job(view_of(218), JobSpec("job-1", ("true",), 1, 10))


def test_jobs_of_many_threads_never_have_more_devices_than_there_are(centre: Centre) -> None:
    view = view_of(219, devices=8)
    centre.made(view)
    refused: list[str] = []

    def send(number: int) -> None:
        site = KubernetesConnector(**centre.table)
        try:
            site.run_job(view, JobSpec(f"job-{number}", ("sleep", "60"), 3, 60))
        except ConnectorFailed as failure:
            refused.append(str(failure))
        site.api.close()

    acts = [apart(partial(send, number)) for number in range(4)]
    threads = [threading.Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    until(lambda: centre.whole(view))
    jobs = len(centre.cluster.names("Job", namespace_of(centre)))
    assert jobs <= 2
    assert len(refused) == 4 - jobs
    standing = centre.site.holding.look(view.external_name)
    active = [pod for pod in standing.pods if pod.phase == "Running"]
    assert sum(pod.devices for pod in active) == 8
