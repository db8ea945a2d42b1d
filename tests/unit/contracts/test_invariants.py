"""Each promise is broken once, with the constraint that guards it taken away, and caught."""

import pytest
from django.db import connection

from contracts.queries.invariants import INVARIANTS
from tests.world import World

pytestmark = pytest.mark.django_db

UNGUARDED = (
    "ALTER TABLE contracts_agreementversion DISABLE TRIGGER USER;"
    "ALTER TABLE contracts_signature DISABLE TRIGGER USER;"
    "ALTER TABLE marketplace_trade DISABLE TRIGGER USER;"
    "ALTER TABLE marketplace_linktrade DISABLE TRIGGER USER;"
    "ALTER TABLE contracts_agreement DROP CONSTRAINT agreement_has_two_parties,"
    " DROP CONSTRAINT agreement_dates_fit_state, DROP CONSTRAINT agreement_state_is_known;"
)

CORRUPTIONS = {
    "CONTRACTS-01": "UPDATE contracts_agreement SET ends_at = ends_at + interval '1 hour'",
    "CONTRACTS-02": "UPDATE marketplace_trade SET traded_at = traded_at - interval '2 hours'"
    " WHERE id = (SELECT max(id) FROM marketplace_trade)",
    "CONTRACTS-03": "UPDATE contracts_agreementversion"
    " SET terms = jsonb_set(terms, '{damages_bp}', '0')",
    "CONTRACTS-04": "UPDATE contracts_agreementversion"
    " SET terms = jsonb_set(terms, '{price_micros}', '1')",
    "CONTRACTS-05": "UPDATE contracts_signature SET signed_sha256 = repeat('0', 64)"
    " WHERE party = 'BUYER'",
    "CONTRACTS-06": "DELETE FROM contracts_signature WHERE party = 'SELLER'",
    "CONTRACTS-07": "UPDATE contracts_agreement SET buyer_id = seller_id",
    "CONTRACTS-08": "UPDATE contracts_agreement SET state = 'COMPLETED'",
    "CONTRACTS-09": "UPDATE contracts_agreement SET state = 'DRAFTED', in_force_at = NULL"
    " WHERE link_trade_id IS NOT NULL",
    "CONTRACTS-10": "UPDATE marketplace_linktrade SET gb = gb + 1",
}


def broken() -> set[str]:
    found = set()
    with connection.cursor() as cursor:
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql)
            if cursor.fetchall():
                found.add(invariant.code)
    return found


@pytest.fixture
def world() -> World:
    """Two agreements in force, one with a link, and a fresh trade that waits for its own."""
    world = World()
    world.agree(world.deal())
    world.agree(world.linked_deal())
    world.deal(start=4)
    return world


def test_a_sound_market_breaks_no_promise(world: World) -> None:
    assert broken() == set()


def test_every_promise_has_its_corruption() -> None:
    assert {invariant.code for invariant in INVARIANTS} == set(CORRUPTIONS)


@pytest.mark.parametrize("code", sorted(CORRUPTIONS))
def test_a_broken_promise_is_caught(world: World, code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; " + UNGUARDED)
        cursor.execute(CORRUPTIONS[code])

    assert code in broken()
