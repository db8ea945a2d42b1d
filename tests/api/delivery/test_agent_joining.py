"""An agent joins with a one-time code and lives on credentials of minutes."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from delivery.actions import issue_credential, sweep_agents
from delivery.domain.site_agent import CODE_LIFE, CREDENTIAL_LIFE
from delivery.models import AgentCredential, EnrolmentCode, SiteAgent, SiteKey
from tests.api.delivery.agent_story import Agent, caller, code_for, joined
from tests.world import World
from timetable.queries import wall_now


def revoke(client: Client, name: str) -> Any:
    address = f"/api/v1/site-agents/{name}/revoke/"
    return client.post(address, {}, content_type="application/json")


def test_a_code_lets_one_key_join(world: World) -> None:
    code = code_for(world)
    first, second = Agent(b"a" * 32), Agent(b"b" * 32)

    assert first.enrol(code).status_code == 201
    refused = second.enrol(code)

    assert (refused.status_code, refused.json()["code"]) == (403, "E-AGENT-01")
    assert SiteAgent.objects.get().site.code == "qy-1"
    assert SiteKey.objects.get(public_key=first.public).site.code == "qy-1"


def test_a_code_can_be_typed_to_a_command(world: World) -> None:
    assert re.fullmatch("[0-9a-f]{64}", code_for(world))


def test_a_lost_answer_is_asked_for_again(world: World) -> None:
    code, agent = code_for(world), Agent()

    names = [agent.enrol(code).json()["agent"] for _ in range(2)]

    assert names[0] == names[1]
    assert SiteAgent.objects.count() == 1


def test_secrets_are_kept_as_hashes_only(world: World) -> None:
    code, agent = code_for(world), Agent()
    agent.enrol(code)

    assert code not in str(EnrolmentCode.objects.values().get())
    assert agent.token not in str(AgentCredential.objects.values().get())


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"code": "guessed"}, 403, "E-AGENT-01"),
        ({"signature": "0" * 128}, 403, "E-AGENT-02"),
        ({"public_key": "ab" * 32}, 403, "E-AGENT-02"),
        ({"public_key": "short"}, 400, "invalid"),
        ({"surprise": 1}, 400, "invalid"),
    ],
)
def test_a_wrong_enrolment_is_refused_and_leaves_the_code(
    world: World, other: dict[str, Any], status: int, code: str
) -> None:
    agent, right = Agent(), code_for(world)

    answer = agent.enrol(right, **other)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not SiteAgent.objects.exists()
    assert agent.enrol(right).status_code == 201


def test_a_code_ends_after_an_hour_and_when_a_newer_one_is_issued(world: World) -> None:
    first, second = code_for(world), code_for(world)
    assert Agent().enrol(first).json()["code"] == "E-AGENT-01"
    EnrolmentCode.objects.filter(state="OPEN").update(expires_at=wall_now())

    assert Agent().enrol(second).json()["code"] == "E-AGENT-01"
    assert sweep_agents(wall=wall_now() + CODE_LIFE).codes == 1
    assert set(EnrolmentCode.objects.values_list("state", flat=True)) == {"WITHDRAWN", "EXPIRED"}


@pytest.mark.parametrize(("name", "status"), [("ben", 403), ("dana", 403), ("gwen", 403)])
def test_only_the_owner_gets_codes(world: World, name: str, status: int) -> None:
    answer = caller(getattr(world.cast, name)).post(
        "/api/v1/site-agents/codes/", {"site": "qy-1"}, content_type="application/json"
    )

    assert answer.status_code == status
    assert not EnrolmentCode.objects.exists()


def test_a_site_that_is_not_one_s_own_is_not_found(world: World) -> None:
    answer = caller(world.cast.ada).post(
        "/api/v1/site-agents/codes/", {"site": "elsewhere"}, content_type="application/json"
    )

    assert answer.status_code == 404


def test_a_credential_is_renewed_by_the_key_and_each_challenge_serves_once(world: World) -> None:
    agent = joined(world)
    challenge = agent.challenge()

    first = agent.prove(challenge)
    again = agent.prove(challenge)

    assert first.status_code == 201
    assert (again.status_code, again.json()["code"]) == (403, "E-AGENT-02")
    agent.token = first.json()["token"]
    assert agent.begin().status_code == 201


@pytest.mark.parametrize(
    "other",
    [{"signature": "0" * 128}, {"agent": "sa-0000000000000000"}, {"challenge": "made:up:now"}],
)
def test_a_credential_needs_the_right_proof(world: World, other: dict[str, str]) -> None:
    answer = joined(world).prove(**other)

    assert (answer.status_code, answer.json()["code"]) == (403, "E-AGENT-02")


def test_a_challenge_for_one_agent_serves_no_other(world: World) -> None:
    agent, other = joined(world), Agent(b"b" * 32)
    other.name = "sa-other"
    foreign = other.challenge()

    assert agent.prove(foreign).json()["code"] == "E-AGENT-02"


def test_an_expired_credential_opens_nothing_but_the_key_still_does(world: World) -> None:
    agent = joined(world)
    AgentCredential.objects.update(
        issued_at=wall_now() - CREDENTIAL_LIFE, expires_at=wall_now() - timedelta(seconds=1)
    )

    refused = agent.begin()
    renewed = agent.prove()

    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert renewed.status_code == 201
    assert sweep_agents(wall=wall_now() + timedelta(days=2)).lost == 0
    assert not AgentCredential.objects.exists()


def test_a_revoked_agent_is_out_at_once_with_its_key(world: World) -> None:
    agent = joined(world)

    answer = revoke(caller(world.cast.ada), agent.name)

    assert answer.json()["state"] == "REVOKED"
    assert agent.beat().status_code == 401
    assert agent.prove().json()["code"] == "E-AGENT-02"
    assert SiteKey.objects.get(public_key=agent.public).revoked_at is not None


@pytest.mark.parametrize("name", ["ben", "dana", "gwen"])
def test_nobody_else_revokes_or_sees_an_agent(world: World, name: str) -> None:
    agent = joined(world)
    other = caller(getattr(world.cast, name))

    assert revoke(other, agent.name).status_code in {403, 404}
    assert other.get("/api/v1/site-agents/").status_code == 403
    assert SiteAgent.objects.get().state == "CONNECTED"


def test_the_next_agent_of_a_site_takes_the_place_of_the_one_before(world: World) -> None:
    before = joined(world)
    after = joined(world, b"b" * 32)

    assert before.beat().status_code == 401
    assert after.fence > before.fence
    listed = caller(world.cast.ada).get("/api/v1/site-agents/").json()["results"]
    assert [row["state"] for row in listed] == ["CONNECTED", "REVOKED"]


def test_the_same_key_may_join_again(world: World) -> None:
    joined(world)
    agent = joined(world)

    assert agent.beat().status_code == 200
    assert SiteKey.objects.get(public_key=agent.public).revoked_at is None


def test_an_agent_s_credential_opens_no_other_door(world: World) -> None:
    agent = joined(world)
    headers = {"authorization": f"Bearer {agent.token}"}

    for address in ("/api/v1/allocations/", "/api/v1/site-agents/", "/api/v1/jobs/"):
        assert agent.client.get(address, headers=headers).status_code in {401, 403}


@pytest.mark.parametrize(
    "door", ["sessions", "heartbeats", "leases", "results", "readings", "outputs"]
)
@pytest.mark.parametrize("name", [None, "ada", "dana"])
def test_the_agents_doors_are_closed_to_everybody_else(
    world: World, door: str, name: str | None
) -> None:
    client = Agent().client if name is None else caller(getattr(world.cast, name))

    answer = client.post(f"/api/v1/agent/{door}/", {}, content_type="application/json")

    assert answer.status_code in {401, 403}


def test_the_database_itself_keeps_one_agent_a_site(world: World) -> None:
    joined(world)
    row = SiteAgent.objects.values().get()
    row |= {"id": None, "name": "sa-second", "fence": row["fence"] + 1}

    with pytest.raises(IntegrityError, match="one_agent_a_site"), transaction.atomic():
        SiteAgent.objects.create(**row)


def test_a_suspended_owner_s_agent_is_kept_out(world: World) -> None:
    agent = joined(world)
    world.cast.ada.member.state = "SUSPENDED"
    world.cast.ada.member.save()

    assert agent.beat().status_code == 403


def test_a_challenge_is_stale_after_a_minute(world: World, monkeypatch: Any) -> None:
    agent = joined(world)
    challenge = agent.challenge()
    monkeypatch.setattr("time.time", lambda: wall_now().timestamp() + 61)

    answer = agent.prove(challenge)

    assert answer.json()["code"] == "E-AGENT-02"
    assert issue_credential is not None
