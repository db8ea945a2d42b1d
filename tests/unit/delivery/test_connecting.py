"""Pointing a pool to another connector: known, answering, and nothing standing elsewhere."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Deed
from delivery.actions.connecting import Connected, connect_pool, key_of
from delivery.adapters.connectors import connector_named
from delivery.domain.connecting_refusals import (
    CentreDoesNotAnswer,
    CentreNeeded,
    PoolDelivers,
    SiteWithoutAgent,
    UnknownCentre,
    UnknownConnector,
)
from delivery.models import Allocation, AllocationEvent
from exchange.refusal import NotFound
from marketplace.models import Pool
from tests.unit.delivery.story import Delivery
from tests.world import World

KUBERNETES = "delivery.adapters.kubernetes.connector.KubernetesConnector"
SLURM = "delivery.adapters.slurm.connector.SlurmConnector"


@pytest.fixture
def centres(settings: Any, tmp_path: Path) -> None:
    """Two clusters in the file: one where nobody listens, one whose table is not right."""
    token = tmp_path / "token"
    token.write_text("t")
    away = {
        "url": "http://127.0.0.1:9",
        "token_file": str(token),
        "resource": "nvidia.com/gpu",
        "devices_per_node": 8,
        "image": "jobs",
    }
    settings.CONNECTORS = settings.CONNECTORS | {
        "bj-k8s": (KUBERNETES, away),
        "sh-k8s": (KUBERNETES, away | {"resource": "gpu"}),
        "qy-slurm": (SLURM, {"url": "https://slurm.example"}),
    }
    connector_named.cache_clear()


def connector_of(world: World) -> str:
    return Pool.objects.get(pk=world.west_pool.pk).connector


def point(world: World, connector: str, centre: str = "") -> Connected:
    code = world.west_pool.code
    return connect_pool(pool_code=code, connector=connector, centre=centre, now=world.now)


def test_the_next_delivery_goes_by_the_new_connector_and_the_change_is_audited(
    world: World,
) -> None:
    done = point(world, "process")

    assert done == Connected("simulated", "process", 0)
    assert connector_of(world) == "process"
    assert Delivery(world).row.connector == "process"
    deed = Deed.objects.get(verb="POOL_CONNECTED")
    assert deed.subject == f"pool:{world.west_pool.code}"
    assert deed.facts == {"was": "simulated", "becomes": "process", "planned": 0}


def test_a_delivery_that_is_planned_goes_along(world: World) -> None:
    delivery = Delivery(world)

    assert point(world, "process").planned == 1

    assert delivery.row.connector == "process"
    event = AllocationEvent.objects.get(kind="CONNECTOR")
    assert event.facts == {"was": "simulated", "becomes": "process"}


@pytest.mark.parametrize("state", ["PROVISIONING", "ACCEPTED", "DELIVERING", "INTERRUPTED"])
def test_while_a_hand_over_stands_the_pool_stays(world: World, state: str) -> None:
    delivery = Delivery(world)
    Allocation.objects.update(state=state)

    with pytest.raises(PoolDelivers) as refused:
        point(world, "process")

    until = f"{delivery.agreement.ends_at:%Y-%m-%dT%H:%MZ}"
    assert refused.value.facts["until"] == until
    assert (connector_of(world), delivery.row.connector) == ("simulated", "simulated")
    assert not Deed.objects.filter(verb="POOL_CONNECTED").exists()


@pytest.mark.parametrize("state", ["COMPLETED", "FAILED"])
def test_what_has_ended_holds_nothing_up_and_keeps_its_connector(world: World, state: str) -> None:
    delivery = Delivery(world)
    Allocation.objects.update(state=state)

    point(world, "process")

    assert (connector_of(world), delivery.row.connector) == ("process", "simulated")


def test_deliveries_of_other_pools_do_not_matter(world: World) -> None:
    other = Delivery(world, pool=world.east_pool)
    Allocation.objects.update(state="DELIVERING")

    point(world, "process")

    assert other.row.connector == "simulated"


def test_doing_it_again_changes_nothing_and_is_not_audited_again(world: World) -> None:
    point(world, "process")

    assert point(world, "process") == Connected("process", "process", 0)
    assert Deed.objects.filter(verb="POOL_CONNECTED").count() == 1


def test_an_unknown_connector_is_refused_with_those_that_there_are(
    world: World, centres: None
) -> None:
    with pytest.raises(UnknownConnector, match="agent, bj-k8s, process, qy-slurm, sh-k8s, sim"):
        point(world, "lsf")
    with pytest.raises(UnknownConnector):
        point(world, "lsf", "bj-k8s")
    with pytest.raises(UnknownConnector):
        point(world, "process", "bj-k8s")


def test_a_kind_wants_a_centre_of_its_own(world: World, centres: None) -> None:
    with pytest.raises(CentreNeeded, match="there are: bj-k8s, sh-k8s"):
        point(world, "kubernetes")
    with pytest.raises(UnknownCentre, match="there are: bj-k8s, sh-k8s"):
        point(world, "kubernetes", "qy-slurm")
    with pytest.raises(UnknownCentre, match="there are: qy-slurm"):
        point(world, "slurm", "gy-slurm")
    assert key_of("slurm", "qy-slurm") == key_of("qy-slurm", "") == "qy-slurm"


def test_a_centre_that_does_not_answer_is_refused_and_nothing_changes(
    world: World, centres: None
) -> None:
    delivery = Delivery(world)

    with pytest.raises(CentreDoesNotAnswer, match="bj-k8s does not answer: the API server"):
        point(world, "kubernetes", "bj-k8s")

    assert (connector_of(world), delivery.row.connector) == ("simulated", "simulated")


def test_a_table_that_is_not_right_is_refused_by_its_field(world: World, centres: None) -> None:
    with pytest.raises(CentreDoesNotAnswer, match="resource: is a device of a plugin"):
        point(world, "sh-k8s")
    with pytest.raises(CentreDoesNotAnswer, match="is missing"):
        point(world, "slurm", "qy-slurm")


def test_a_site_whose_agent_has_not_enrolled_is_refused(world: World) -> None:
    with pytest.raises(SiteWithoutAgent, match="No agent of qy-1"):
        point(world, "agent")


def test_an_unknown_pool_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        connect_pool(pool_code="none", connector="process", now=world.now)


def test_the_command_says_what_it_did_or_why_not(world: World) -> None:
    Delivery(world)
    said = StringIO()

    call_command("connect_pool", world.west_pool.code, "process", stdout=said)
    call_command("connect_pool", world.west_pool.code, "process", stdout=said)

    assert said.getvalue().splitlines() == [
        "qy-1-h100: simulated -> process",
        "planned deliveries that go along: 1",
        "qy-1-h100 goes by process already",
    ]
    with pytest.raises(CommandError, match="no pool is called none"):
        call_command("connect_pool", "none", "process")
    with pytest.raises(CommandError, match="E-CONNECT-01"):
        call_command("connect_pool", world.west_pool.code, "lsf")
