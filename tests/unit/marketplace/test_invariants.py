"""Each promise of the market is broken on purpose, and caught."""

import pytest
from django.core.management import call_command
from django.db import connection

from config.invariants import find_violations
from marketplace.actions import (
    auctions,
    halt_trading,
    replace_order,
    reprice_listing,
    resume_trading,
)
from marketplace.domain.auctions.entries import OfferSent, OrderSent
from marketplace.models import Auction
from marketplace.queries.invariants import INVARIANTS
from tests.world import World, micros

UNGUARD = """
ALTER TABLE marketplace_capacityday DROP CONSTRAINT capacity_is_not_oversold;
ALTER TABLE marketplace_listing DROP CONSTRAINT listing_free_is_held;
ALTER TABLE marketplace_order DROP CONSTRAINT order_filled_within_amount;
ALTER TABLE marketplace_linkday DROP CONSTRAINT link_is_not_oversold;
ALTER TABLE marketplace_linktrade DISABLE TRIGGER USER;
ALTER TABLE marketplace_auctionlink DISABLE TRIGGER USER;
ALTER TABLE marketplace_trade DISABLE TRIGGER USER;
ALTER TABLE marketplace_execution DISABLE TRIGGER USER;
ALTER TABLE marketplace_marketevent DISABLE TRIGGER USER;
ALTER TABLE marketplace_auctionfile DISABLE TRIGGER USER;
ALTER TABLE ledger_hold DISABLE TRIGGER USER;
"""
CORRUPTIONS = {
    "M-AUCTION-01": "UPDATE marketplace_auctionoffer SET devices = devices + 1",
    "M-AUCTION-02": "UPDATE marketplace_auctionorder SET held_micros = held_micros + 1",
    "M-AUCTION-03": "UPDATE marketplace_auctionorder SET state = 'ENTERED'",
    "M-AUCTION-04": "UPDATE marketplace_auctionfile SET sha256 = repeat('0', 64)",
    "M-AUCTION-05": "UPDATE marketplace_auction SET seed = repeat('0', 64)",
    "M-AUCTION-06": "INSERT INTO marketplace_auctionaward (auction_id, order_id, offer_id,"
    " first_hour, hours, devices, prices_micros, gflops, value_micros)"
    " SELECT a.id, b.id, s.id, 0, 2, 8, '{1,1}', 1, 17 FROM marketplace_auction a"
    " JOIN marketplace_auctionorder b ON b.auction_id = a.id"
    " JOIN marketplace_auctionoffer s ON s.auction_id = a.id",
    "M-AUCTION-07": "UPDATE marketplace_auctionorder SET state = 'ACCEPTED',"
    """ result = '{"pays_micros": 1}'""",
    "M-AUCTION-08": "UPDATE marketplace_linkday SET in_auctions_gbps = array_fill(1, ARRAY[24])",
    "M-AUCTION-09": "WITH d AS (INSERT INTO marketplace_auctionaward (auction_id, order_id,"
    " offer_id, first_hour, hours, devices, prices_micros, gflops, value_micros)"
    " SELECT a.id, b.id, s.id, 0, 2, 8, '{1,1}', 1, 16 FROM marketplace_auction a"
    " JOIN marketplace_auctionorder b ON b.auction_id = a.id"
    " JOIN marketplace_auctionoffer s ON s.auction_id = a.id LIMIT 1 RETURNING id)"
    " INSERT INTO marketplace_auctionlinkaward (award_id, offered_id, first_hour, hours, gbps, gb,"
    " price_micros_per_gbps_hour, price_micros_per_gb, value_micros)"
    " SELECT d.id, k.id, 0, 2, 10, 0, 1000000, 10000, 1 FROM d, marketplace_auctionlink k LIMIT 1",
    "M-AUCTION-10": "UPDATE marketplace_auctionorder SET state = 'ACCEPTED',"
    """ result = '{"alternative": 0, "link_pays_micros": 1}'""",
    "M-CAP-01": "UPDATE marketplace_capacityday SET installed = 1",
    "M-CAP-02": "UPDATE marketplace_capacityday SET in_orders = array_fill(1, ARRAY[24])",
    "M-CAP-03": "UPDATE marketplace_capacityday SET contracted = array_fill(0, ARRAY[24])",
    "M-LIST-01": "UPDATE marketplace_listing SET free = array_fill(7, ARRAY[2])",
    "M-ORDER-01": "UPDATE marketplace_order SET filled = filled + 1",
    "M-ORDER-02": "UPDATE marketplace_order SET state = 'OPEN'",
    "M-ORDER-03": "UPDATE marketplace_order SET hours = 1",
    "M-TRADE-01": "UPDATE marketplace_order SET limit_micros = 10000",
    "M-TRADE-02": "UPDATE marketplace_listing SET ask_micros = 9000000",
    "M-TRADE-03": "UPDATE marketplace_trade SET traded_at = ends_at",
    "M-TRADE-04": "UPDATE marketplace_trade SET value_micros = value_micros + 1",
    "M-TRADE-05": "UPDATE accounts_member SET beneficial_owner = 'one and the same'",
    "M-EVENT-01": "DELETE FROM marketplace_marketevent WHERE number = 2",
    "M-EVENT-02": "DELETE FROM marketplace_marketevent WHERE kind = 'TRADED'",
    "M-EVENT-03": "UPDATE marketplace_marketevent SET kind = 'NOTHING' WHERE number = 1",
    "M-HOLD-01": "UPDATE marketplace_order SET state = 'OPEN', ended_at = NULL,"
    " held_micros = held_micros + 1",
    "M-HOLD-03": "UPDATE marketplace_order SET held_micros = held_micros + 1",
    "M-REF-01": "UPDATE marketplace_marketevent SET order_id = -7 WHERE number = 2",
    "M-HOLD-02": "UPDATE ledger_hold SET amount_micros = 1 WHERE reason LIKE 'trade:%'",
    "M-LINK-01": "UPDATE marketplace_linkday SET capacity_gbps = 1",
    "M-LINK-02": "UPDATE marketplace_linkday SET sold_gbps = array_fill(0, ARRAY[24])",
    "M-LINK-03": "UPDATE marketplace_linktrade SET gbps = gbps + 1",
    "M-LINK-04": "UPDATE marketplace_order SET link_gbps = 0, move_gb = 0",
    "M-LINK-05": "UPDATE marketplace_linktrade SET value_micros = value_micros + 1",
    "M-LINK-06": "UPDATE ledger_hold SET amount_micros = 1 WHERE reason LIKE 'link:%'",
    "M-LINK-07": "DELETE FROM marketplace_marketevent WHERE kind = 'LINKED'",
    "M-LINK-08": "UPDATE accounts_member SET beneficial_owner = 'one and the same'",
    "M-HALT-01": "INSERT INTO marketplace_halt (scope, reason, halted_number, halted_at)"
    " VALUES ('MARKET', 'planted', 1, now())",
}


def broken() -> set[str]:
    return {finding.invariant.code for finding in find_violations().findings if not finding.holds}


def auction_under_way(world: World) -> None:
    """One order with a link and one offer in an auction whose book is frozen."""
    auctions.open_auctions(world.now)
    auction = Auction.objects.latest("ends_by")
    bid = {"kind": "BLOCK", "amount": 8, "hours": 2, "limit_micros": micros("5"), "latest": 24}
    bid |= {"city": "shanghai", "link_gbps": 10}
    sent = {"auction_id": auction.pk, "client_order_id": "a1", "now": world.now}
    auctions.enter_order(member_id=world.cast.ben.id, sent=OrderSent(bids=[bid]), **sent)
    offer = OfferSent(pool_id=world.east_pool.pk, steps=[(micros("1.85"), 16)], hours=24)
    auctions.enter_offer(member_id=world.cast.ada.id, sent=offer, **sent)
    Auction.objects.exclude(pk=auction.pk).delete()
    auctions.advance_auctions(auction.no_cancel_at)
    auctions.advance_auctions(auction.ends_by)


@pytest.mark.parametrize("code", [invariant.code for invariant in INVARIANTS])
def test_a_planted_corruption_is_caught(world: World, code: str) -> None:
    world.deal()
    world.linked_deal()
    auction_under_way(world)
    assert code not in broken()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(UNGUARD)
        cursor.execute(CORRUPTIONS[code])

    assert code in broken()


def test_a_busy_market_breaks_nothing_of_the_room(world: World) -> None:
    world.deal()
    world.linked_deal()
    world.listing(devices=20, start=3)
    world.order(amount=12, splittable=True, limit_micros=micros("1.90"))
    halt = halt_trading(scope="MARKET", subject_id=None, reason="drill", now=world.now)
    resume_trading(halt_id=halt.pk, now=world.now)
    world.deal(start=5, price="1.50")
    world.order(amount=40, splittable=True)
    world.order(unit="PFLOPS", amount=1_500_001, limit_micros=micros("1.50"))

    assert not {code for code in broken() if code.startswith("M-")}


def test_what_was_changed_after_a_trade_is_judged_as_it_was_then(world: World) -> None:
    listing = world.listing(devices=20, price="1.50")
    order = world.order(amount=30, splittable=True, limit_micros=micros("1.90"))
    assert order.filled > 0
    listing.refresh_from_db()
    reprice_listing(
        seller_id=listing.seller_id,
        listing_id=listing.pk,
        version=1,
        ask_micros=micros("1.80"),
        now=world.now,
    )
    replace_order(
        buyer_id=order.buyer_id,
        order_id=order.pk,
        version=1,
        limit_micros=micros("1.20"),
        now=world.now,
    )

    assert not {code for code in broken() if code.startswith("M-")}


def test_the_command_ends_with_the_count(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_invariants")

    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert last.startswith("invariants: ")
    assert last.endswith(" checked, 0 broken")
