"""Cancel on disconnect through the API: armed, kept alive, switched off, by each for itself."""

import pytest

from marketplace.models import CancelSwitch
from tests.api.marketplace.conftest import Caller
from tests.api.marketplace.programs import Program, token_of
from tests.world import World

CANCEL_AFTER = "/api/v1/orders/cancel-after/"


def test_it_is_armed_kept_and_switched_off(world: World, caller: Caller) -> None:
    ben = caller(world.cast.ben)
    assert ben.get(CANCEL_AFTER).json()["state"] == "NONE"

    first = ben.post(CANCEL_AFTER, {"seconds": 30}, format="json").json()
    again = ben.post(CANCEL_AFTER, {"seconds": 60}, format="json").json()

    assert (first["state"], first["seconds"], again["seconds"]) == ("ARMED", 30, 60)
    assert again["due_at"] > first["due_at"]
    assert caller(world.cast.dana).get(CANCEL_AFTER).json()["state"] == "NONE"
    assert ben.post(CANCEL_AFTER, {"seconds": 0}, format="json").json()["state"] == "OFF"


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"seconds": -1}, 400), ({"seconds": 86_401}, 400), ({"seconds": 1}, 422)],
)
def test_a_wrong_time_is_refused(
    world: World, caller: Caller, body: dict[str, int], status: int
) -> None:
    answer = caller(world.cast.ben).post(CANCEL_AFTER, body, format="json")

    assert answer.status_code == status
    assert answer.json()["errors"][0]["field"] == "seconds"


@pytest.mark.parametrize("scope", ["market:read", "agreements"])
def test_a_token_without_the_scope_arms_nothing(world: World, scope: str) -> None:
    program = Program(token_of(world, world.cast.ben, scope))

    assert program.post(CANCEL_AFTER, {"seconds": 30}).status_code == 403
    assert not CancelSwitch.objects.exists()


def test_a_program_with_the_scope_arms_its_members(world: World) -> None:
    program = Program(token_of(world, world.cast.ben, "orders"))

    assert program.post(CANCEL_AFTER, {"seconds": 30}).json()["state"] == "ARMED"
    assert CancelSwitch.objects.get().member_id == world.cast.ben.id
