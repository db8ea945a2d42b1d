"""The pages of links: what a carrier sees and changes, and what others see of a link."""

import pytest
from django.test import Client

from contracts.models import Agreement
from marketplace.models import CarrierLink
from tests.cast import Player
from tests.world import World


@pytest.fixture(autouse=True)
def _clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("marketplace.pages.links", "marketplace.pages.orders"):
        monkeypatch.setattr(f"{module}.market_now", lambda: world.now)


def reader(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def page(player: Player, address: str) -> str:
    return reader(player).get(address).content.decode()


def test_a_carrier_sees_its_links_and_what_is_sold_by_hour(world: World) -> None:
    world.linked_deal()

    text = page(world.cast.gwen, "/links/")

    assert "Wuhu → Shanghai" in text
    assert "10\u00a0Gbit/s + 40 GB moved once" in text
    assert "20.40" in text


def test_others_have_no_links_to_see(world: World) -> None:
    assert reader(world.cast.ben).get("/links/").status_code == 404
    assert reader(world.cast.gwen).get(f"/links/{world.link.pk + 1}/").status_code == 404


def test_a_carrier_changes_a_link_and_offers_another(world: World) -> None:
    client = reader(world.cast.gwen)
    offer = {"capacity": "40", "by_hour": "0.90", "by_gb": "0.02", "rtt": "7.5", "active": "on"}

    changed = client.post(f"/links/{world.link.pk}/", offer)
    offered = client.post("/links/new/", {**offer, "zone": "qingyang", "city": "shanghai"})

    assert (changed.status_code, offered.status_code) == (302, 302)
    figures = CarrierLink.objects.values_list("capacity_gbps", "price_micros_per_gb", "rtt_us")
    assert set(figures) == {(40, 20_000, 7_500)}


def test_a_bandwidth_below_what_is_sold_is_refused_at_its_field(world: World) -> None:
    world.linked_deal()
    offer = {"capacity": "9", "by_hour": "0.90", "by_gb": "0.02", "rtt": "7", "active": "on"}

    answer = reader(world.cast.gwen).post(f"/links/{world.link.pk}/", offer)

    assert answer.status_code == 422
    assert "at least 10" in answer.content.decode()
    world.link.refresh_from_db()
    assert world.link.capacity_gbps == 100


def test_a_second_link_between_two_places_is_refused(world: World) -> None:
    offer = {"capacity": "9", "by_hour": "0.90", "by_gb": "0.02", "rtt": "7", "active": "on"}

    answer = reader(world.cast.gwen).post(
        "/links/new/", {**offer, "zone": "wuhu", "city": "shanghai"}
    )

    assert (answer.status_code, "Change it instead" in answer.content.decode()) == (422, True)


def test_an_order_shows_its_link_and_the_landed_price(world: World) -> None:
    order = world.linked_deal().order

    text = page(world.cast.ben, f"/orders/{order.pk}/")

    for words in ("Took a link for ¥ 20.40", "10\u00a0Gbit/s + 40 GB moved once", "¥\u00a050.00"):
        assert words in text


def test_agreements_and_trail_show_the_link_to_buyer_and_carrier_only(world: World) -> None:
    deal = world.linked_deal()
    devices = world.agree(deal)
    link = Agreement.objects.get(link_trade__trade=deal.trade)

    assert link.number in page(world.cast.ben, f"/agreements/{devices.number}/")
    assert link.number not in page(world.cast.ada, f"/agreements/{devices.number}/")
    assert "Computing power link agreement" in page(world.cast.gwen, f"/agreements/{link.number}/")
    assert reader(world.cast.ada).get(f"/agreements/{link.number}/").status_code == 404
    assert link.number in page(world.cast.gwen, "/agreements/")
    trail = f"/trail/{deal.trade.pk}/"
    assert "Link taken with the devices" in page(world.cast.ben, trail)
    assert "Link taken with the devices" not in page(world.cast.ada, trail)
    assert reader(world.cast.gwen).get(trail).status_code == 404


def test_a_links_paper_is_handed_to_its_parties(world: World) -> None:
    deal = world.linked_deal()
    world.agree(deal)
    link = Agreement.objects.get(link_trade__trade=deal.trade)

    answer = reader(world.cast.gwen).get(f"/agreements/{link.number}/paper.pdf?text=both")

    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")


def test_the_request_form_asks_for_a_link_in_plain_words(world: World) -> None:
    text = page(world.cast.ben, "/request/?link=10&move=40")

    assert "Bandwidth to the city, all the time" in text
    assert "Data to move to or from the city, once" in text
