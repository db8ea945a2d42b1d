"""Public traces are read as demand, and broken ones are refused by line."""

import gzip
import json
from pathlib import Path

import pytest

from sandbox.traces import DemandJob, TraceNotUnderstood, read_trace, write_demand

PHILLY = [
    {
        "status": "Pass",
        "vc": "6214e9",
        "jobid": "application_1",
        "attempts": [
            {
                "start_time": "2017-10-07 01:00:00",
                "end_time": "2017-10-07 03:00:00",
                "detail": [{"ip": "m1", "gpus": ["gpu0", "gpu1"]}, {"ip": "m2", "gpus": ["gpu0"]}],
            },
            {"start_time": "2017-10-07 03:00:00", "end_time": None, "detail": []},
        ],
        "submitted_time": "2017-10-07 00:50:00",
        "user": "u1",
    },
    {
        "status": "Killed",
        "vc": "x",
        "jobid": "never started",
        "attempts": [],
        "submitted_time": "2017-10-07 00:40:00",
        "user": "u2",
    },
]
ALIBABA = (
    "name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec,qos,pod_phase,creation_time,"
    "deletion_time,scheduled_time\n"
    "openb-pod-0,4000,1024,2,1000,V100M16|V100M32,LS,Running,100,7300,100\n"
    "openb-pod-1,4000,1024,0,0,,BE,Running,50,90,50\n"
)
HELIOS = (
    "job_id,user,gpu_num,cpu_num,node_num,state,submit_time,start_time,end_time,duration,queue,vc\n"
    "j1,u1,8,32,1,COMPLETED,2020-04-01 00:10:00,2020-04-01 00:11:00,"
    "2020-04-01 01:11:00,3600,60,vc1\n"
    "j2,u2,0,4,1,COMPLETED,2020-04-01 00:00:00,2020-04-01 00:01:00,2020-04-01 00:02:00,60,60,vc1\n"
)


def test_a_philly_job_counts_the_devices_of_its_longest_attempt(tmp_path: Path) -> None:
    path = tmp_path / "cluster_job_log.json"
    path.write_text(json.dumps(PHILLY))

    jobs = read_trace(path)

    assert jobs == [DemandJob("application_1", "6214e9", 0, 3, 7200)]


def test_alibaba_pods_without_a_device_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "openb_pod_list.csv"
    path.write_text(ALIBABA)

    jobs = read_trace(path)

    assert jobs == [DemandJob("openb-pod-0", "LS", 0, 2, 7200, ("V100M16", "V100M32"))]


def test_a_gzipped_helios_log_is_read_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "cluster_log.csv.gz"
    path.write_bytes(gzip.compress(HELIOS.encode()))

    jobs = read_trace(path)

    assert jobs == [DemandJob("j1", "vc1", 0, 8, 3600)]


def test_demand_that_was_written_reads_back_the_same(tmp_path: Path) -> None:
    jobs = [DemandJob("a", "g", 0, 1, 3600), DemandJob("b", "g", 5, 8, 7200, ("A100",))]

    write_demand(jobs, tmp_path / "demand.csv")

    assert read_trace(tmp_path / "demand.csv") == jobs


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("absent.csv", None, "no such file"),
        ("shop.csv", "item,price\nbread,2\n", "no format"),
        ("broken.json", "{", "not a Philly log"),
        ("empty.csv", "order_id,submit_time_s,gpu_count,duration_h\n", "no job"),
        ("row.csv", "order_id,submit_time_s,gpu_count,duration_h\na,0,many,1\n", "line 2"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_its_reason(
    tmp_path: Path, name: str, text: str | None, why: str
) -> None:
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(TraceNotUnderstood, match=why):
        read_trace(path)
