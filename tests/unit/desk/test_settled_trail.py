"""The trail of a trade that was delivered, short by a tenth, billed and paid."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from billing.actions import issue_invoices, record_payouts
from billing.models import Invoice
from desk.queries.proofs import proofs_of
from desk.queries.trail import trail_of
from exchange.window import day_start, delivery_day
from tests.cast import Player
from tests.unit.billing.house import House, Sold
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return House(World())


@pytest.fixture
def sold(house: House) -> Sold:
    sold = house.sold(devices=8, hours=2)
    house.deliver(sold, [28_800, 25_920])
    day = delivery_day(sold.agreement.starts_at)
    now = day_start(day + timedelta(days=1))
    issue_invoices(delivery_day=day, now=now)
    record_payouts(delivery_day=day, now=now)
    return sold


def page(player: Player, sold: Sold) -> str:
    client = Client()
    client.force_login(player.person)
    return client.get(f"/trail/{sold.agreement.trade_id}/").content.decode()


def test_what_was_booked_sums_to_zero_and_shows_the_damages(house: House, sold: Sold) -> None:
    trail = trail_of(sold.agreement.trade)

    money = dict(trail.money)
    assert sum(money.values()) == 0
    assert money["fees"] > 0
    # Seven points below the promise in the second hour, at one and a half times their price.
    damages = 28_800 * 7 * 3 * 1_850_000 // (100 * 2 * 3_600)
    # The order was met at once: its price left the trading funds, and the damages came back.
    paid = sold.agreement.trade.held_micros
    assert money[f"trading:{house.ben}"] + paid >= damages
    assert trail.held_micros == 0


def test_every_proof_holds_but_for_the_meters_that_this_story_skips(sold: Sold) -> None:
    proofs = {proof.code: proof.holds for proof in proofs_of(trail_of(sold.agreement.trade))}

    assert proofs == {"TERMS": True, "SIGNATURES": True, "SETTLED": True, "MONEY": True}


def test_edited_terms_are_found(sold: Sold) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE contracts_agreementversion DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE contracts_agreementversion SET terms = jsonb_set(terms, '{price_micros}', '1')"
        )

    proofs = {proof.code: proof.holds for proof in proofs_of(trail_of(sold.agreement.trade))}

    assert not proofs["TERMS"]


def test_a_party_sees_its_own_invoices_only(house: House, sold: Sold) -> None:
    cast = house.world.cast
    goods = Invoice.objects.get(customer=cast.ben.member).number
    fee = Invoice.objects.get(issuer=None).number

    assert goods in page(cast.ben, sold)
    assert fee not in page(cast.ben, sold)
    assert fee in page(cast.ada, sold)
    assert goods in page(cast.cleo, sold)
    assert fee in page(cast.cleo, sold)
