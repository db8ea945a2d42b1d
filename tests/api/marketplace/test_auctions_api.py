"""Call auctions through the API: enter, change, read what became of it, and nobody else's."""

import io
import zipfile
from typing import Any

import pytest
from rest_framework.test import APIClient

from exchange.verifying.bundle import check_bundle
from marketplace.actions import auctions as do
from marketplace.models import Auction, AuctionOrder
from tests.api.marketplace.conftest import Caller
from tests.unit.marketplace.auctions.conftest import auction
from tests.unit.marketplace.auctions.day import block, cleared
from tests.world import World, micros
from timetable.actions import step_to
from timetable.queries import wall_now

__all__ = ["auction"]
HOME = "/api/v1/auctions/"
OFFER: dict[str, Any] = {
    "client_order_id": "s1",
    "pool": "qy-1-h100",
    "steps": [[micros("1.85"), 16]],
    "hours": 24,
}


def order(own_id: str = "b1", **more: Any) -> dict[str, Any]:
    return {"client_order_id": own_id, "bids": [block(**more)]}


def send(client: APIClient, auction: Auction, what: str, body: Any) -> Any:
    return client.post(f"{HOME}{auction.code}/{what}/", body, format="json")


@pytest.fixture
def told(world: World, caller: Caller, auction: Auction) -> Auction:
    """An auction in which Ben won one order and lost another, and Ada sold."""
    ben, ada = caller(world.cast.ben), caller(world.cast.ada)
    for answer in (
        send(ben, auction, "orders", order()),
        send(ben, auction, "orders", order("b2", limit_micros=micros("1"))),
        send(ada, auction, "offers", OFFER),
    ):
        assert answer.status_code == 201, answer.json()
    return cleared(auction)


def test_anybody_who_acts_for_a_member_reads_gates_phase_and_counts(
    world: World, caller: Caller, auction: Auction
) -> None:
    send(caller(world.cast.ben), auction, "orders", order())
    gwen = caller(world.cast.gwen)

    (row,) = gwen.get(HOME).json()["results"]
    one = gwen.get(f"{HOME}{auction.code}/").json()

    assert (row["code"], row["phase"], row["hours"]) == (auction.code, "OPEN", 24)
    assert (one["orders"], one["offers"], one["yours"], one["runs"]) == (1, 0, None, [])
    assert gwen.get(f"{HOME}?kind=WEEKLY").json()["results"] == []
    assert gwen.get(f"{HOME}DA-1999-01-01/").status_code == 404
    assert APIClient().get(HOME).status_code == 401


def test_the_random_end_is_told_to_nobody_before_the_book_is_frozen(
    world: World, caller: Caller, auction: Auction
) -> None:
    do.advance_auctions(auction.no_cancel_at)
    auction.refresh_from_db()
    assert auction.ended_at is not None

    one = caller(world.cast.gwen).get(f"{HOME}{auction.code}/").json()

    assert (one["seed"], one["ended_at"]) == ("", None)
    assert one["seed_sha256"] == auction.seed_sha256


def test_an_order_sent_twice_is_entered_once_and_another_content_is_refused(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben = caller(world.cast.ben)

    first, again = (send(ben, auction, "orders", order()).json() for _ in range(2))
    other = send(ben, auction, "orders", order(limit_micros=micros("6")))

    assert (first["id"], first["state"], first["version"]) == (again["id"], "ENTERED", 1)
    assert first["held_micros"] == micros("84.80")
    assert (other.status_code, other.json()["code"]) == (409, "E-IDEM-01")


@pytest.mark.parametrize(
    ("bid", "status", "field"),
    [
        ({"amount": "many"}, 400, "bids.0.amount"),
        ({"speed": 9}, 400, "bids.0.speed"),
        ({"requires": {"colour": "red"}}, 400, "bids.0.requires.colour"),
        ({"limit_micros": 5_000_001}, 422, "limit_micros"),
        ({"latest": 25}, 422, "latest"),
        ({"requires": {"chips_allowed": ["abacus"]}}, 422, "chips_allowed"),
        ({"city": "atlantis"}, 422, "city"),
        ({"link_gbps": 10}, 422, "city"),
        (
            {"link_gbps": 10, "city": "shanghai", "requires": {"max_rtt_us": 9_000}},
            422,
            "max_rtt_us",
        ),
    ],
    ids=str,
)
def test_what_is_wrong_is_refused_by_its_field_and_nothing_is_held(
    world: World, caller: Caller, auction: Auction, bid: dict[str, Any], status: int, field: str
) -> None:
    answer = send(caller(world.cast.ben), auction, "orders", order(**bid))

    assert answer.status_code == status, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert not AuctionOrder.objects.exists()


def test_an_order_is_replaced_by_its_version_and_cancelled(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben = caller(world.cast.ben)
    entered = send(ben, auction, "orders", order()).json()
    address = f"/api/v1/auction-orders/{entered['id']}/"
    change = {"version": 1, "bids": [block(limit_micros=micros("4"))]}

    changed = ben.post(f"{address}replace/", change, format="json").json()
    stale = ben.post(f"{address}replace/", change, format="json")
    ended = ben.post(f"{address}cancel/").json()

    assert (changed["version"], changed["arrival"]) == (2, entered["arrival"])
    assert (stale.status_code, stale.json()["code"]) == (409, "E-VERSION-01")
    assert ended["state"] == "CANCELLED"
    assert ben.post(f"{address}cancel/").json()["code"] == "E-AUCTION-13"


def test_near_the_end_an_order_may_only_become_better(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben = caller(world.cast.ben)
    address = f"/api/v1/auction-orders/{send(ben, auction, 'orders', order()).json()['id']}/"
    world.now = auction.no_cancel_at
    step_to(market_at=world.now, reason="near the end", wall=wall_now())

    worse = ben.post(
        f"{address}replace/", {"version": 1, "bids": [block(amount=4)]}, format="json"
    ).json()
    gone = ben.post(f"{address}cancel/").json()
    better = {"version": 1, "bids": [block(limit_micros=micros("6"))]}

    assert (worse["code"], worse["errors"][0]["field"]) == ("E-AUCTION-12", "amount")
    assert gone["code"] == "E-AUCTION-12"
    assert ben.post(f"{address}replace/", better, format="json").status_code == 200


def test_an_offer_is_entered_replaced_and_cancelled_and_another_pool_is_not_known(
    world: World, caller: Caller, auction: Auction
) -> None:
    ada = caller(world.cast.ada)
    entered = send(ada, auction, "offers", OFFER).json()
    address = f"/api/v1/auction-offers/{entered['id']}/"

    changed = ada.post(
        f"{address}replace/",
        {"version": 1, "steps": [[micros("1.80"), 8], [micros("2"), 8]], "hours": 12},
        format="json",
    ).json()
    unknown = send(ada, auction, "offers", {**OFFER, "client_order_id": "s2", "pool": "moon"})
    short = send(
        ada, auction, "offers", {**OFFER, "client_order_id": "s3", "steps": [[10_000, 999]]}
    )

    assert (entered["pool"], changed["devices"], changed["hours"]) == ("qy-1-h100", 16, 12)
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "pool")
    assert (short.status_code, short.json()["code"]) == (409, "E-CAP-01")
    assert ada.post(f"{address}cancel/").json()["state"] == "CANCELLED"


def test_in_a_batch_each_is_entered_or_refused_by_itself(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben = caller(world.cast.ben)
    rows = [order("b1"), order("b2", amount=0), {"bids": []}, order("b4")]

    told = send(ben, auction, "orders/batch", {"orders": rows}).json()["answers"]

    assert [answer["status"] for answer in told] == [201, 422, 400, 201]
    assert told[1]["errors"][0]["field"] == "amount"
    assert set(AuctionOrder.objects.values_list("client_order_id", flat=True)) == {"b1", "b4"}
    for wrong in ({"orders": []}, {"orders": [order()] * 51}, {"orders": [], "x": 1}, []):
        assert send(ben, auction, "orders/batch", wrong).status_code == 400
    offers = [OFFER, {**OFFER, "client_order_id": "s2", "hours": 0}]
    sent = send(caller(world.cast.ada), auction, "offers/batch", {"offers": offers}).json()
    assert [answer["status"] for answer in sent["answers"]] == [201, 422]


@pytest.mark.parametrize("who", ["dana", "finn", "gwen"])
def test_what_belongs_to_others_is_not_there(
    world: World, caller: Caller, told: Auction, who: str
) -> None:
    stranger = caller(getattr(world.cast, who))
    bought, sold = told.orders.first(), told.offers.first()
    assert bought is not None
    assert sold is not None
    for address in (
        f"/api/v1/auction-orders/{bought.pk}/",
        f"/api/v1/auction-offers/{sold.pk}/",
    ):
        assert stranger.get(address).status_code == 404
        assert stranger.post(f"{address}cancel/").status_code == 404
    change = {"version": 1, "bids": [block()]}
    replaced = stranger.post(f"/api/v1/auction-orders/{bought.pk}/replace/", change, format="json")
    assert replaced.status_code == 404
    for what in ("orders", "offers"):
        assert stranger.get(f"{HOME}{told.code}/{what}/").json()["results"] == []
    assert stranger.get(f"{HOME}{told.code}/").json()["yours"] is None


def test_who_only_buys_offers_nothing_and_who_only_sells_orders_nothing(
    world: World, caller: Caller, auction: Auction
) -> None:
    assert send(caller(world.cast.ada), auction, "orders", order()).status_code == 403
    assert send(caller(world.cast.dana), auction, "offers", OFFER).status_code == 404


def test_after_publication_each_reads_what_became_of_the_own_lines(
    world: World, caller: Caller, told: Auction
) -> None:
    ben, ada = caller(world.cast.ben), caller(world.cast.ada)

    lost, won = ben.get(f"{HOME}{told.code}/orders/").json()["results"]
    (sold,) = ada.get(f"{HOME}{told.code}/offers/").json()["results"]
    one = ben.get(f"{HOME}{told.code}/").json()

    assert (won["state"], lost["state"]) == ("ACCEPTED", "REJECTED")
    assert lost["result"]["reason"] == "PRICE"
    assert won["result"]["pays_micros"] == 8 * 2 * micros("1.85")
    assert sum(part["devices"] * part["hours"] for part in sold["result"]["sold"]) == 16
    assert (one["phase"], one["method"], len(one["runs"])) == ("PUBLISHED", "full", 1)
    assert one["seed"]
    assert len(one["outcome_sha256"]) == 64
    assert one["yours"]["salt"] == told.salts.get(member_id=world.cast.ben.id).salt


def test_prices_and_bundle_are_there_once_published(
    world: World, caller: Caller, auction: Auction, told: Auction
) -> None:
    gwen = caller(world.cast.gwen)

    (row,) = gwen.get(f"{HOME}{told.code}/prices/").json()["results"]
    packed = APIClient().get(f"{HOME}{told.code}/bundle/")

    assert (row["zone"], row["chip"], len(row["prices_micros"])) == ("qingyang", "h100-sxm", 24)
    assert max(row["traded_devices"]) == 8
    assert packed["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert [check.name for check in check_bundle(files) if check.findings] == []


def test_before_publication_there_are_no_prices_and_no_bundle(
    world: World, caller: Caller, auction: Auction
) -> None:
    gwen = caller(world.cast.gwen)
    for what in ("prices", "bundle"):
        assert gwen.get(f"{HOME}{auction.code}/{what}/").status_code == 404


def test_a_link_is_ordered_told_and_named_to_buyer_and_carrier_alone(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben, gwen = caller(world.cast.ben), caller(world.cast.gwen)
    asked = order(city="shanghai", link_gbps=10, move_gb=40, latest=2)
    entered = send(ben, auction, "orders", asked)
    assert entered.status_code == 201, entered.json()
    offer = {**OFFER, "pool": "wh-1-ascend"}
    assert send(caller(world.cast.ada), auction, "offers", offer).status_code == 201
    cleared(auction)
    do.trade_awards(world.now)

    result = ben.get(f"/api/v1/auction-orders/{entered.json()['id']}/").json()["result"]
    assert result["link_pays_micros"] == micros("20.40")
    assert result["carried_by"] == [{"link": 1, "gbps": 10, "first_hour": 0, "hours": 2}]
    for who in (ben, gwen):
        (sold,) = who.get("/api/v1/link-trades/").json()["results"]
        assert (sold["auction"], sold["gbps"], sold["gb"]) == (auction.code, 10, 40)
    (stood,) = gwen.get("/api/v1/auction-links/").json()["results"]
    assert (stood["auction"], stood["sold_gbps_hours"]) == (auction.code, 20)
    assert stood["value_micros"] == micros("20.40")
    for other in (ben, caller(world.cast.ada)):
        assert other.get("/api/v1/auction-links/").json()["results"] == []
    assert caller(world.cast.ada).get("/api/v1/link-trades/").json()["results"] == []
    assert gwen.get(f"{HOME}{auction.code}/").json()["yours"] is not None
