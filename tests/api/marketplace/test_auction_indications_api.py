"""What an auction would come to, through the API; and the wish to roll."""

from datetime import timedelta

from marketplace.models import Auction, AuctionIndication
from tests.api.marketplace.conftest import Caller
from tests.api.marketplace.test_auctions_api import HOME, order, send
from tests.unit.marketplace.auctions.conftest import auction
from tests.world import World

__all__ = ["auction"]


def test_an_indication_is_read_by_node_by_everybody(
    world: World, caller: Caller, auction: Auction
) -> None:
    node = "qingyang/h100-sxm/FIRM/400"
    AuctionIndication.objects.create(
        auction=auction,
        number=1,
        at=auction.ends_by - timedelta(hours=1),
        orders=3,
        offers=2,
        nodes={node: {"chip": "h100-sxm", "zone": "qingyang", "firmness": "FIRM"}},
        prices={node: [1_850_000] * 24},
        device_hours={node: 16},
    )
    (told,) = caller(world.cast.gwen).get(f"{HOME}{auction.code}/indications/").json()["results"]
    assert (told["number"], told["orders"], told["offers"]) == (1, 3, 2)
    (row,) = told["nodes"]
    assert (row["node"], row["zone"], row["device_hours"]) == (node, "qingyang", 16)
    assert row["prices_micros"][:2] == [1_850_000, 1_850_000]


def test_the_wish_to_roll_is_kept_and_one_that_cannot_is_refused_by_name(
    world: World, caller: Caller, auction: Auction
) -> None:
    ben = caller(world.cast.ben)
    kept = send(ben, auction, "orders", {**order(), "rolls": True}).json()
    assert (kept["rolls"], kept["rolled"], kept["roll_refused"]) == (True, None, "")
    two = {**order("b2"), "rolls": True}
    two["bids"] = [two["bids"][0], {**two["bids"][0], "hours": 3}]
    answer = send(ben, auction, "orders", two)
    assert (answer.status_code, answer.json()["code"]) == (422, "E-AUCTION-17")
