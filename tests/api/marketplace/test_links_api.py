"""Links through the API: the carrier's own, and nobody else's."""

from typing import Any

import pytest

from marketplace.models import CarrierLink
from tests.api.marketplace.conftest import Caller
from tests.world import World, micros

OFFER: dict[str, Any] = {
    "capacity_gbps": 50,
    "price_micros_per_gbps_hour": micros("0.80"),
    "price_micros_per_gb": 20_000,
    "rtt_us": 24_000,
}


@pytest.fixture(autouse=True)
def _clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.api.links.market_now", lambda: world.now)


def test_a_carrier_lists_offers_and_changes_its_links(world: World, caller: Caller) -> None:
    client = caller(world.cast.gwen)
    (first,) = client.get("/api/v1/links/").json()["results"]
    assert (first["zone"], first["city"], first["capacity_gbps"]) == ("wuhu", "shanghai", 100)

    offered = client.post(
        "/api/v1/links/", {**OFFER, "zone": "qingyang", "city": "shanghai"}, format="json"
    )
    changed = client.post(
        f"/api/v1/links/{offered.json()['id']}/change/",
        {**OFFER, "capacity_gbps": 60, "active": False},
        format="json",
    )

    assert (offered.status_code, changed.status_code) == (201, 200)
    link = CarrierLink.objects.get(zone=world.west)
    assert (link.capacity_gbps, link.active) == (60, False)
    assert client.get(f"/api/v1/links/{link.pk}/").json()["price_micros_per_gb"] == 20_000


@pytest.mark.parametrize("who", ["ada", "ben"])
def test_nobody_else_sees_or_changes_a_link(world: World, caller: Caller, who: str) -> None:
    client = caller(getattr(world.cast, who))
    address = f"/api/v1/links/{world.link.pk}/"

    assert client.get("/api/v1/links/").json()["results"] == []
    assert client.get(address).status_code == 404
    assert client.post(f"{address}change/", OFFER, format="json").status_code == 403


def test_an_unknown_field_and_a_bad_price_are_refused_by_name(world: World, caller: Caller) -> None:
    client, address = caller(world.cast.gwen), f"/api/v1/links/{world.link.pk}/change/"

    unknown = client.post(address, {**OFFER, "speed": 1}, format="json").json()
    between = client.post(address, {**OFFER, "price_micros_per_gb": 15_000}, format="json").json()

    assert unknown["errors"][0]["field"] == "speed"
    assert (between["code"], between["errors"][0]["field"]) == (
        "E-PRICE-01",
        "price_micros_per_gb",
    )


def test_buyer_and_carrier_see_what_was_sold_and_the_seller_does_not(
    world: World, caller: Caller
) -> None:
    deal = world.linked_deal()

    def rows(who: str) -> list[dict[str, Any]]:
        answer = caller(getattr(world.cast, who)).get("/api/v1/link-trades/")
        found: list[dict[str, Any]] = answer.json()["results"]
        return found

    (bought,), (sold,) = rows("ben"), rows("gwen")
    assert (bought["trade"], sold["trade"]) == (deal.trade.pk, None)
    assert bought["value_micros"] == sold["value_micros"] == micros("20.40")
    assert rows("ada") == []


def test_a_preview_tells_the_landed_price_and_the_links_part(
    world: World, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.listing(pool=world.east_pool)
    order = {
        "unit": "DEVICES",
        "amount": 8,
        "hours": 2,
        "earliest": world.hour(0).isoformat(),
        "latest": world.hour(24).isoformat(),
        "limit_micros": micros(4),
        "city": "shanghai",
        "link_gbps": 10,
        "move_gb": 40,
    }

    told = caller(world.cast.ben).post("/api/v1/orders/preview/", order, format="json").json()

    assert (told["expected_micros"], told["link_micros"]) == (micros("50.00"), micros("20.40"))
    assert told["placements"][0]["landed_micros"] == micros("50.00")
