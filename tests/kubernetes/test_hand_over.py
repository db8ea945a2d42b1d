"""A hand-over on a pretended cluster: made once, adopted, fenced, ended without a trace."""

import pytest

from delivery.adapters.connector import ConnectorFailed, Fenced, Pending
from delivery.adapters.kubernetes.connector import KubernetesConnector
from tests.kubernetes.conftest import GPU, Centre, apart, later, own_pod, view_of
from tests.kubernetes.lab.server import until

NAMESPACE = "gh-gh-2026-101-g1"


def test_a_hand_over_is_a_namespace_with_bounds_and_pods_that_hold_devices(centre: Centre) -> None:
    view = view_of(101)

    handle = centre.made(view)

    assert (handle.external_name, handle.adopted) == ("gh-GH-2026-101-g1", False)
    assert centre.cluster.names("Namespace") == [NAMESPACE, "gridhour"]
    quotas = {row["metadata"]["name"]: row["spec"] for row in centre.cluster.rows("ResourceQuota")}
    assert quotas["hold"]["hard"][f"requests.{GPU}"] == "8"
    assert quotas["job"]["hard"][f"requests.{GPU}"] == "4"
    [policy] = centre.cluster.rows("NetworkPolicy", NAMESPACE)
    assert policy["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    [limits] = centre.cluster.rows("LimitRange", NAMESPACE)
    assert limits["spec"]["limits"][0]["max"][GPU] == "8"
    assert centre.held(view) == [("n1", 4)]
    assert list(centre.site.inventory()) == ["gh-GH-2026-101-g1"]
    assert centre.whole(view)


def test_making_it_twice_adopts_it(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)
    before = [len(centre.cluster.rows(kind)) for kind in ("Pod", "ResourceQuota", "ConfigMap")]

    assert centre.site.ensure(view).adopted

    after = [len(centre.cluster.rows(kind)) for kind in ("Pod", "ResourceQuota", "ConfigMap")]
    assert before == after == [1, 3, 1]


WRITES_OF_A_HAND_OVER = 8


def test_a_hand_over_takes_so_many_writes(centre: Centre) -> None:
    """The two tests below go through all of them."""
    centre.made(view_of(101))

    done = [write for write in centre.cluster.writes if write.startswith("POST")]
    assert len(done) == WRITES_OF_A_HAND_OVER


@pytest.mark.parametrize("count", range(WRITES_OF_A_HAND_OVER))
def test_a_worker_that_dies_between_two_writes_leaves_what_the_next_one_finishes(
    centre: Centre, count: int
) -> None:
    view = view_of(101)
    centre.cluster.goes_away_after = count
    with pytest.raises(ConnectorFailed, match="does not answer"):
        centre.made(view)
    centre.cluster.goes_away_after = None

    centre.made(view)

    kinds = ("Namespace", "ResourceQuota", "LimitRange", "NetworkPolicy", "Pod")
    assert [len(centre.cluster.rows(kind)) for kind in kinds] == [2, 3, 1, 1, 1]
    assert centre.held(view) == [("n1", 4)]


@pytest.mark.parametrize("count", range(1, WRITES_OF_A_HAND_OVER + 1))
def test_a_write_whose_answer_was_lost_is_not_done_twice(centre: Centre, count: int) -> None:
    view = view_of(101)
    centre.cluster.loses_answer_of = count
    with pytest.raises(ConnectorFailed, match="does not answer"):
        centre.made(view)

    centre.made(view)

    assert centre.held(view) == [("n1", 4)]
    assert len(centre.cluster.rows("Pod")) == 1


@pytest.mark.parametrize("count", range(3))
def test_a_release_that_died_half_way_is_finished(centre: Centre, count: int) -> None:
    view = view_of(101)
    centre.made(view)
    centre.cluster.writes.clear()
    centre.cluster.goes_away_after = count
    if count < 2:
        with pytest.raises(ConnectorFailed):
            centre.site.release(view.external_name)
    centre.cluster.goes_away_after = None

    centre.site.release(view.external_name)

    assert centre.leftovers() == []


def test_release_leaves_nothing_and_may_be_repeated(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)
    assert centre.leftovers() != []

    centre.site.release(view.external_name)
    centre.site.release(view.external_name)

    assert centre.leftovers() == []
    assert centre.site.inspect(view).detail == "the namespace is gone"
    assert not centre.site.inspect(view).alive


def test_a_later_generation_ends_the_earlier_and_fences_it_off(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)

    centre.made(later(view, 3))

    assert list(centre.site.inventory()) == ["gh-GH-2026-101-g3"]
    with pytest.raises(Fenced, match="at generation 3"):
        centre.site.ensure(later(view, 2))


def test_a_generation_that_was_ended_still_fences_off_the_earlier(centre: Centre) -> None:
    view = view_of(101)
    centre.made(later(view, 2))
    centre.site.release(f"{view.base_name}-g2")

    with pytest.raises(Fenced):
        centre.site.ensure(view)
    assert centre.leftovers() == []


@pytest.mark.parametrize(
    "call",
    ["POST /api/v1/namespaces/gridhour/configmaps", "POST /api/v1/namespaces"],
    ids=["before it is fenced", "before its namespace is made"],
)
def test_of_two_generations_that_are_made_at_once_the_later_stays(
    centre: Centre, call: str
) -> None:
    view = view_of(101)
    other = KubernetesConnector(**centre.table)
    centre.cluster.meanwhile[call] = apart(lambda: other.ensure(later(view, 2)))

    with pytest.raises(Fenced):
        centre.site.ensure(view)

    assert list(centre.site.inventory()) == ["gh-GH-2026-101-g2"]
    assert other.ensure(later(view, 2)).adopted
    other.api.close()


def test_a_namespace_that_is_stuck_is_asked_for_again_until_it_is_gone(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)
    centre.cluster.machines.stuck.add(NAMESPACE)

    with pytest.raises(ConnectorFailed, match="still being removed a finalizer remains"):
        centre.site.release(view.external_name)

    assert list(centre.site.inventory()) == [view.external_name]
    assert centre.site.inspect(view).detail == "the namespace is being removed"
    with pytest.raises(Pending):
        centre.site.ensure(view)
    centre.cluster.machines.stuck.clear()
    centre.site.release(view.external_name)
    assert centre.leftovers() == []


def test_a_namespace_that_somebody_else_made_is_neither_adopted_nor_removed(
    centre: Centre,
) -> None:
    centre.cluster.add("Namespace", "", {"metadata": {"name": NAMESPACE}})
    view = view_of(101)

    with pytest.raises(ConnectorFailed, match="somebody else's"):
        centre.site.ensure(view)
    with pytest.raises(ConnectorFailed, match="somebody else's"):
        centre.site.release(view.external_name)

    assert NAMESPACE in centre.cluster.names("Namespace")
    assert list(centre.site.inventory()) == []


@pytest.mark.parametrize("name", ["kube-system", "gh-x;rm-g1", "root-g1", f"gh-{'A' * 70}-g1"])
def test_a_name_that_is_no_hand_over_is_refused(centre: Centre, name: str) -> None:
    with pytest.raises(ConnectorFailed, match="not a hand-over's name"):
        centre.site.release(name)


def test_devices_are_held_on_the_fewest_nodes(centre: Centre) -> None:
    view = view_of(101, devices=9)

    centre.made(view)

    assert centre.held(view) == [("n1", 5), ("n2", 4)]


def test_a_start_in_part_is_no_hand_over_until_the_rest_is_held(centre: Centre) -> None:
    """The centre's own work is still on the second node."""
    centre.cluster.add("Namespace", "", {"metadata": {"name": "own"}})
    centre.cluster.add("Pod", "own", own_pod("train", 5, "n2"))
    view = view_of(101, devices=16)

    with pytest.raises(Pending, match="8 of 16 devices are held"):
        centre.site.ensure(view)
    centre.cluster.store.offset_s = 40
    with pytest.raises(ConnectorFailed, match=r"Unschedulable: 0/2 nodes") as told:
        centre.site.ensure(view)
    assert not isinstance(told.value, Pending)

    centre.cluster.remove("Pod", "own", "train")
    centre.made(view)
    assert centre.held(view) == [("n1", 8), ("n2", 8)]


def test_an_image_that_is_long_in_coming_costs_no_try(centre: Centre) -> None:
    centre.cluster.machines.paused.add("kubelets")
    with pytest.raises(Pending, match="0 of 4 devices are held"):
        centre.site.ensure(view_of(101))
    centre.cluster.store.offset_s = 55

    with pytest.raises(Pending):
        centre.site.ensure(view_of(101))


def test_an_image_that_cannot_be_had_is_told(centre: Centre) -> None:
    centre.cluster.machines.images = False
    with pytest.raises(Pending):
        centre.site.ensure(view_of(101))

    centre.cluster.store.offset_s = 40
    with pytest.raises(ConnectorFailed, match="ErrImagePull: no such image"):
        centre.site.ensure(view_of(101))


def test_a_quota_that_somebody_widened_is_put_back(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)
    quota = centre.cluster.store.get("ResourceQuota", NAMESPACE, "job")
    quota["spec"]["hard"][f"requests.{GPU}"] = "16"

    centre.site.ensure(view)

    quota = centre.cluster.store.get("ResourceQuota", NAMESPACE, "job")
    assert quota["spec"]["hard"][f"requests.{GPU}"] == "4"


def test_a_holder_that_somebody_deleted_is_made_again(centre: Centre) -> None:
    view = view_of(101)
    centre.made(view)
    [name] = centre.cluster.names("Pod", NAMESPACE)
    centre.cluster.remove("Pod", NAMESPACE, name)

    until(lambda: centre.whole(view))

    assert centre.held(view) == [("n1", 4)]


def test_what_is_remembered_is_dropped_a_month_after_its_end(centre: Centre) -> None:
    for number in (101, 102):
        centre.made(view_of(number, devices=1))
        if number == 101:
            centre.site.release("gh-GH-2026-101-g1")
    for row in centre.cluster.rows("ConfigMap"):
        row["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z"

    centre.made(view_of(103, devices=1))

    kept = centre.cluster.names("ConfigMap", "gridhour")
    assert kept == ["gh-gh-2026-102", "gh-gh-2026-103"]


def test_more_hand_overs_than_a_page_are_all_listed(centre: Centre) -> None:
    for number in range(1_001):
        name = f"gh-gh-{number}-g1"
        labels = {"app.kubernetes.io/managed-by": "gridhour"}
        centre.cluster.add("Namespace", "", {"metadata": {"name": name, "labels": labels}})

    assert len(centre.site.inventory()) == 1_001
