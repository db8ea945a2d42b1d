"""The card of data on a delivery's page: sent without script, followed, withdrawn, tried again."""

from io import BytesIO
from typing import Any

import pytest

from delivery.models import Allocation, Dataset
from tests.cast import visitor
from tests.unit.delivery.data.data_story import fresh, given, turn
from tests.unit.delivery.story import Delivery
from tests.world import World


@pytest.fixture
def delivery(world: World) -> Delivery:
    delivery = Delivery(world)
    delivery.begin()
    return delivery


def page(delivery: Delivery, name: str = "ben", language: str = "en") -> str:
    browser = visitor(getattr(delivery.world.cast, name), language)
    return browser.get(f"/deliveries/{delivery.id}/").content.decode()


def named(name: str, content: bytes) -> BytesIO:
    file = BytesIO(content)
    file.name = name
    return file


def send(delivery: Delivery, who: str = "ben", **form: Any) -> Any:
    given = {"name": "words", "content": [named("a.txt", b"alpha"), named("b.bin", b"x" * 600_000)]}
    browser = visitor(getattr(delivery.world.cast, who))
    return browser.post(f"/deliveries/{delivery.id}/data/", given | form)


def test_files_are_sent_by_a_form_and_sending_them_again_is_harmless(delivery: Delivery) -> None:
    first, second = send(delivery), send(delivery)

    assert first.url == second.url == f"/deliveries/{delivery.id}/#data"
    dataset = Dataset.objects.get()
    assert dataset.state == "UPLOADED"
    assert dict(dataset.files.values_list("name", "uploaded_bytes")) == {
        "a.txt": 5,
        "b.bin": 600_000,
    }
    assert "Sent, waits for the site" in page(delivery)


@pytest.mark.parametrize(
    ("form", "status"),
    [({"name": "../up"}, 422), ({"content": []}, 422), ({"name": ""}, 422)],
)
def test_a_form_that_cannot_be_taken_says_why(
    delivery: Delivery, form: dict[str, Any], status: int
) -> None:
    answer = send(delivery, **form)

    assert answer.status_code == status
    assert "E-DATA-02" in answer.content.decode()
    assert not Dataset.objects.exists()


def test_a_form_is_bounded(delivery: Delivery) -> None:
    answer = send(delivery, content=[named("a", b"x" * (17 << 20))])

    assert "E-DATA-04" in answer.content.decode()
    assert not Dataset.objects.exists()


def test_the_card_grows_by_itself_until_all_has_come(delivery: Delivery) -> None:
    given(delivery)
    browser = visitor(delivery.world.cast.ben)
    address = f"/deliveries/{delivery.id}/data/"

    before = browser.get(address, headers={"HX-Request": "true"}).content.decode()
    turn(delivery)
    after = browser.get(address, headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in before
    assert "every 2s" in before
    assert "every 2s" not in after
    assert "100 %" in after
    assert browser.get(address).url == f"/deliveries/{delivery.id}/#data"


def test_what_failed_says_why_and_is_tried_again(delivery: Delivery) -> None:
    dataset = given(delivery)
    why = "the site could not take it: the disk is full"
    Dataset.objects.filter(pk=dataset.pk).update(state="FAILED", reason=why, generation=1)
    assert why in page(delivery)

    answer = visitor(delivery.world.cast.ben).post(f"/datasets/{dataset.pk}/again/")

    assert answer.url == f"/deliveries/{delivery.id}/#data"
    assert fresh(dataset).state == "UPLOADED"


def test_data_is_withdrawn(delivery: Delivery) -> None:
    dataset = given(delivery)

    visitor(delivery.world.cast.ben).post(f"/datasets/{dataset.pk}/withdraw/")

    assert fresh(dataset).state == "CLEARED"
    assert "withdrawn" in page(delivery)
    assert "撤回" in page(delivery, language="zh-hans")


def test_a_connector_that_cannot_stage_says_so_and_shows_no_form(delivery: Delivery) -> None:
    assert "data-pieces" in page(delivery)
    Allocation.objects.filter(pk=delivery.id).update(connector="agent")

    text = page(delivery)

    assert "cannot stage data" in text
    assert "data-pieces" not in text


@pytest.mark.parametrize(("name", "sees"), [("cleo", True), ("eli", True), ("ada", False)])
def test_who_oversees_sees_it_and_the_seller_does_not(
    delivery: Delivery, name: str, sees: bool
) -> None:
    dataset = given(delivery)

    text = page(delivery, name)

    assert ("words" in text) == sees
    assert "data-pieces" not in text
    browser = visitor(getattr(delivery.world.cast, name))
    assert browser.post(f"/datasets/{dataset.pk}/withdraw/").status_code in {403, 404}
    assert send(delivery, name).status_code in {403, 404}
    assert fresh(dataset).state == "UPLOADED"


@pytest.mark.parametrize("name", ["dana", "finn", "gwen"])
def test_strangers_find_nothing(delivery: Delivery, name: str) -> None:
    dataset = given(delivery)
    browser = visitor(getattr(delivery.world.cast, name))

    assert browser.get(f"/deliveries/{delivery.id}/data/").status_code == 404
    assert browser.post(f"/datasets/{dataset.pk}/again/").status_code == 404
    assert send(delivery, name).status_code == 404
