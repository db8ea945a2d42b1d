"""Acceptance on a pretended cluster, and controls: what a real one would refuse, it refuses."""

import json

import pytest
from pydantic import ValidationError

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes.connector import KubernetesConnector
from tests.kubernetes.conftest import GPU, Centre, namespace_of, own_pod, view_of
from tests.kubernetes.lab.admission import check_schema
from tests.kubernetes.lab.server import until
from tests.kubernetes.lab.store import Refusal


def test_acceptance_counts_the_devices_and_measures_the_slowest(centre: Centre) -> None:
    view = view_of(214, devices=3)
    centre.made(view)

    measured = centre.accepted(view)

    assert measured.devices_found == 3
    assert measured.gflops_per_device >= 1
    assert measured.evidence["method"] == "GEMM FP32 on the processor"
    assert centre.site.accept_test(view) == measured
    until(lambda: centre.whole(view))


def test_acceptance_over_two_nodes_counts_both_and_not_one_that_is_away(centre: Centre) -> None:
    view = view_of(215, devices=9)
    centre.made(view)
    centre.cluster.set_ready("n2", "Unknown", "NodeStatusUnknown")

    measured = centre.accepted(view)

    assert measured.devices_found == 5
    missing = {"n2": "n2 is not ready (NodeStatusUnknown)"}
    assert measured.evidence["nodes_missing"] == missing


def test_an_acceptance_test_that_fails_is_told_and_made_again(centre: Centre) -> None:
    table = centre.table | {"python": "false"}
    site = KubernetesConnector(**table)
    view = view_of(216)
    centre.made(view)

    broken = Centre(centre.cluster, site, table)
    for _ in range(2):
        with pytest.raises(ConnectorFailed, match="acceptance test on n1 ended with 1"):
            broken.accepted(view)

    assert centre.accepted(view).devices_found == 4
    site.api.close()


# --- controls: the pretended cluster refuses what a real one would ----------------------------


def test_client_and_cluster_refuse_fields_that_the_schema_does_not_know(centre: Centre) -> None:
    view = view_of(220)
    centre.made(view)
    pod = own_pod("x", 1, "") | {"apiVersion": "v1", "kind": "Pod"}
    pod["spec"]["colour"] = "blue"

    with pytest.raises(ValidationError, match="colour"):
        centre.site.api.create("Pod", pod, namespace_of(centre))
    with pytest.raises(Refusal, match="colour"):
        check_schema("Pod", pod)


def test_the_cluster_refuses_pods_beyond_the_quota_and_below_its_standard(centre: Centre) -> None:
    view = view_of(221)
    centre.made(view)
    [holder] = centre.cluster.rows("Pod", namespace_of(centre))
    kept = ("labels",)
    meta = {key: holder["metadata"][key] for key in kept} | {"name": "more"}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": holder["spec"]}

    more = json.loads(json.dumps(body))
    for amounts in more["spec"]["containers"][0]["resources"].values():
        amounts[GPU] = "5"
    with pytest.raises(ConnectorFailed, match=f"exceeded quota: hold, used: requests.{GPU}=4"):
        centre.site.api.create("Pod", more, namespace_of(centre))
    bare = body | {"spec": holder["spec"] | {"securityContext": {}}}
    with pytest.raises(ConnectorFailed, match="violates PodSecurity"):
        centre.site.api.create("Pod", bare, namespace_of(centre))
