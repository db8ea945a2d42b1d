"""The page of agents: how they are, a code told once, an end."""

import re
from typing import Any

import pytest

from delivery.models import EnrolmentCode, SiteAgent
from tests.api.delivery.agent_story import Agent, caller, joined
from tests.world import World

PAGE = "/site-agents/"


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("name", ["ada", "eli"])
def test_owner_and_operator_see_how_an_agent_is(world: World, name: str, language: str) -> None:
    agent = joined(world)
    agent.beat("gh-a-g1", backlog_readings=1_234)
    client = caller(getattr(world.cast, name))
    client.cookies["django_language"] = language

    text = client.get(PAGE).content.decode()

    assert agent.name in text
    assert "1,234" in text
    assert ("Connected" in text) == (language == "en")
    assert ("Revoke" in text or "停用" in text) == (name == "ada")


@pytest.mark.parametrize(("name", "status"), [("ben", 404), ("gwen", 404), ("dana", 404)])
def test_nobody_else_finds_the_page(world: World, name: str, status: int) -> None:
    client = caller(getattr(world.cast, name))

    assert client.get(PAGE).status_code == status
    assert client.post(PAGE, {"site": "qy-1"}).status_code == status
    assert not EnrolmentCode.objects.exists()


def test_a_code_from_the_page_lets_an_agent_join(world: World) -> None:
    client = caller(world.cast.ada)

    text = client.post(PAGE, {"site": "qy-1"}).content.decode()
    codes = re.findall(r"\b[0-9a-f]{64}\b", text)

    assert any(Agent().enrol(code).status_code == 201 for code in codes)
    assert EnrolmentCode.objects.get().state == "USED"
    assert not any(code in client.get(PAGE).content.decode() for code in codes)


def test_a_site_of_others_gets_no_code(world: World) -> None:
    text = caller(world.cast.ada).post(PAGE, {"site": "elsewhere"}).content.decode()

    assert "nothing here with that" in text
    assert not EnrolmentCode.objects.exists()


def test_an_agent_is_revoked_by_a_button(world: World) -> None:
    agent = joined(world)
    client = caller(world.cast.ada)

    answer = client.post(f"{PAGE}{agent.name}/revoke/", follow=True)

    assert "revoked" in answer.content.decode()
    assert SiteAgent.objects.get().state == "REVOKED"
    assert client.post(f"{PAGE}sa-nobody/revoke/").status_code == 404


def test_the_operator_gets_no_codes(world: World) -> None:
    client: Any = caller(world.cast.eli)

    assert client.post(PAGE, {"site": "qy-1"}).status_code == 404
