import pytest
from django.test import Client

from contracts.models import Agreement
from contracts.queries import version_of
from tests.cast import Player
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def agreement(world: World) -> Agreement:
    return world.agree(world.deal())


def reader(player: Player, language: str = "en") -> Client:
    client = Client(headers={"accept-language": language})
    client.force_login(player.person)
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_party_reads_its_agreements(world: World, agreement: Agreement, language: str) -> None:
    for player in (world.cast.ben, world.cast.ada):
        page = reader(player, language).get("/agreements/")
        assert agreement.number in page.content.decode()
        assert 'style="' not in page.content.decode()


def test_the_what_if_needs_no_script(world: World, agreement: Agreement) -> None:
    page = reader(world.cast.ben).get(f"/agreements/{agreement.number}/?delivered=92")

    text = page.content.decode()
    # 8 devices × 2 h × ¥ 1.85 × 92 %, with 6 % VAT; five points below the promise.
    assert "28.87" in text
    assert "2.22" in text
    assert version_of(agreement.pk).terms_sha256 in text


def test_a_moved_slider_gets_only_the_answer(world: World, agreement: Agreement) -> None:
    page = reader(world.cast.ben).get(
        f"/agreements/{agreement.number}/?delivered=50", headers={"HX-Request": "true"}
    )

    assert "<html" not in page.content.decode()
    assert "<svg" in page.content.decode()


@pytest.mark.parametrize("text", ["en", "zh", "both"])
def test_the_paper_comes_in_three_ways(world: World, agreement: Agreement, text: str) -> None:
    answer = reader(world.cast.ada).get(f"/agreements/{agreement.number}/paper.pdf?text={text}")

    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


@pytest.mark.parametrize("tail", ["", "paper.pdf", "sign/"])
@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
def test_others_find_nothing(world: World, agreement: Agreement, name: str, tail: str) -> None:
    player = getattr(world.cast, name)

    assert reader(player).get(f"/agreements/{agreement.number}/{tail}").status_code == 404


@pytest.mark.parametrize("name", ["cleo", "eli"])
def test_who_oversees_may_read(world: World, agreement: Agreement, name: str) -> None:
    page = reader(getattr(world.cast, name)).get(f"/agreements/{agreement.number}/")

    assert page.status_code == 200


def test_strangers_are_sent_to_sign_in(agreement: Agreement) -> None:
    assert Client().get(f"/agreements/{agreement.number}/").status_code == 302


def test_a_draft_is_signed_on_its_page(world: World) -> None:
    agreement = world.agree(world.deal(), accepting=False)
    sha256 = version_of(agreement.pk).terms_sha256
    for player in (world.cast.ben, world.cast.ada):
        client = reader(player)
        assert sha256 in client.get(f"/agreements/{agreement.number}/sign/").content.decode()

        answer = client.post(f"/agreements/{agreement.number}/sign/", {"sha256": sha256})

        assert answer.status_code == 302
    agreement.refresh_from_db()
    assert agreement.state == "IN_FORCE"


def test_a_changed_text_is_not_signed(world: World) -> None:
    agreement = world.agree(world.deal(), accepting=False)

    answer = reader(world.cast.ben).post(
        f"/agreements/{agreement.number}/sign/", {"sha256": "0" * 64}
    )

    assert answer.status_code == 409


def test_an_administrator_accepts_the_standard_terms(world: World) -> None:
    world.agree(world.deal(), accepting=False)
    client = reader(world.cast.dana, "zh-hans")
    assert "不可抗力" in client.get("/standard-terms/").content.decode()

    client.post("/standard-terms/")

    assert "Accepted" in reader(world.cast.dana).get("/standard-terms/").content.decode()
