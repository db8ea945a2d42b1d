"""Pages that change what is open: said first, done in one step, and nothing written is lost."""

import pytest
from django.test import Client

from marketplace.actions import replace_order
from marketplace.models import Listing, Order, TradingLimit
from tests.cast import Player
from tests.world import World, micros


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The tiny market at noon, with the pages' clock standing there."""
    world = World()
    for module in ("changing", "cancelling", "listing_changing", "limits", "orders", "listings"):
        monkeypatch.setattr(f"marketplace.pages.{module}.market_now", lambda: world.now)
    return world


def reader(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def test_a_change_is_said_before_it_is_made(world: World) -> None:
    order = world.order()
    ben = reader(world.cast.ben)
    path = f"/orders/{order.pk}/change/"

    less = ben.get(path, {"version": "1", "amount": "6", "limit": "2.00"}).content.decode()
    assert "kept" in less
    assert "release" in less
    more = ben.get(path, {"version": "1", "amount": "8", "limit": "2.50"}).content.decode()
    assert "given up" in more
    assert "hold ¥ 8.48 more" in more.replace("\xa0", " ")
    assert Order.objects.get().version == 1

    done = ben.post(path, {"version": "1", "amount": "6", "limit": "2.00", "client_id": "x"})
    assert (done.status_code, done["Location"]) == (302, f"/orders/{order.pk}/")
    life = ben.get(f"/orders/{order.pk}/").content.decode()
    assert "Changed: the amount" in life
    assert "it kept its place in time" in life


def test_a_refused_change_keeps_what_was_written_and_names_the_field(world: World) -> None:
    order = world.order()
    ben = reader(world.cast.ben)

    path = f"/orders/{order.pk}/change/"
    answer = ben.post(path, {"version": "1", "amount": "900000", "limit": "2.00"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="900000"' in page
    assert 'aria-invalid="true"' in page
    assert Order.objects.get().amount == 8


def test_another_version_is_told_and_the_next_try_is_of_the_new_one(world: World) -> None:
    order = world.order()
    replace_order(buyer_id=order.buyer_id, order_id=order.pk, version=1, amount=7, now=world.now)
    ben = reader(world.cast.ben)
    path = f"/orders/{order.pk}/change/"

    answer = ben.post(path, {"version": "1", "amount": "5", "limit": "2.00"})

    assert answer.status_code == 422
    assert "This is at version 2 now" in answer.content.decode()
    assert 'name="version" value="2"' in answer.content.decode()
    assert ben.post(path, {"version": "2", "amount": "5", "limit": "2.00"}).status_code == 302
    assert Order.objects.get().amount == 5


def test_compute_is_changed_in_petaflops_to_the_gigaflops(world: World) -> None:
    order = world.order(unit="PFLOPS", amount=1_000_001, limit_micros=micros("2.00"))
    ben = reader(world.cast.ben)
    path = f"/orders/{order.pk}/change/"

    assert 'value="1.000001"' in ben.get(path).content.decode()
    form = {"version": "1", "amount": "1.000001", "limit": "2.10"}
    assert ben.post(path, form).status_code == 302
    form = {"version": "2", "amount": "0.5", "limit": "2.10"}
    assert ben.post(path, form).status_code == 302
    assert Order.objects.get().amount == 500_000


def test_a_listing_is_changed_on_its_page(world: World) -> None:
    listing = world.listing()
    ada = reader(world.cast.ada)
    path = f"/listings/{listing.pk}/"

    assert "given up" in ada.get(path, {"devices": "8", "ask": "1.80"}).content.decode()
    assert ada.post(path, {"version": "1", "devices": "4", "ask": "1.85"}).status_code == 302
    assert "8 to 4 devices" in ada.get(path).content.decode()
    refused = ada.post(path, {"version": "2", "devices": "65", "ask": "1.85"})
    assert refused.status_code == 422
    assert "of 64 devices free" in refused.content.decode()
    assert Listing.objects.get().devices == 4


def test_everything_is_counted_and_then_cancelled(world: World) -> None:
    world.order(), world.order(), world.order(buyer_id=world.cast.dana.id)
    ben = reader(world.cast.ben)

    page = ben.get("/orders/cancel-all/").content.decode()
    assert "Cancel orders: 2, withdraw listings: 0" in page

    assert ben.post("/orders/cancel-all/", {"client_id": "all"}).status_code == 302
    assert Order.objects.filter(state="OPEN").count() == 1
    assert "Nothing is open" in ben.get("/orders/cancel-all/").content.decode()
    order = Order.objects.filter(state="CANCELLED").first()
    assert order is not None
    assert "Ended: you cancelled everything." in ben.get(f"/orders/{order.pk}/").content.decode()


def test_others_find_nothing_there(world: World) -> None:
    order, listing = world.order(), world.listing(price="9.00")

    assert reader(world.cast.dana).get(f"/orders/{order.pk}/change/").status_code == 404
    assert reader(world.cast.ben).get(f"/listings/{listing.pk}/").status_code == 404
    assert reader(world.cast.ben).get("/limits/everybody/").status_code == 404
    assert Client().get("/limits/").status_code == 302


def test_the_operator_sets_limits_and_a_member_reads_its_own(world: World) -> None:
    eli, ben = reader(world.cast.eli), reader(world.cast.ben)
    path = f"/limits/{world.cast.ben.id}/"

    bad = eli.post(path, {"devices": "0"})
    assert bad.status_code == 422
    assert not TradingLimit.objects.exists()

    assert eli.post(path, {"order": "1000.00", "devices": "64"}).status_code == 302
    assert "Ben" in eli.get("/limits/").content.decode()
    assert "1,000.00" in ben.get("/limits/").content.decode()
    assert "your own" in ben.get("/limits/").content.decode()
    assert eli.post(path, {"take": "1"}).status_code == 302
    assert not TradingLimit.objects.exists()
