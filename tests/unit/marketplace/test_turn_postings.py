"""What a turn writes of money and deeds: one entry and one deed a member, each itemised."""

import pytest
from django.db import connection

from accounts.models import Deed
from accounts.queries import deeds_about
from billing.pages.words import shown
from config.invariants import find_violations
from desk.queries.trail import trail_of
from ledger.actions import LINES_WORTH_A_CHECKPOINT
from ledger.models import Checkpoint, Entry
from ledger.queries import funds_of, statement_of
from marketplace.models import Order, Trade
from tests.trading import Trading
from tests.world import micros

pytestmark = pytest.mark.django_db(transaction=True)
# As an order's hold was kept before: a row of its own, which the line names; and a journal in
# words that nobody reads any more.
AS_BEFORE = """
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
ALTER TABLE ledger_entryline DISABLE TRIGGER USER;
INSERT INTO ledger_hold (reason, member_id, kind, amount_micros, held_at)
SELECT 'order:{order}', member_id, 'ORDER_HOLDS', amount_micros, now()
FROM ledger_entryline l JOIN ledger_account a ON a.id = l.account_id WHERE a.kind = 'ORDER_HOLDS';
UPDATE ledger_entryline l SET hold_id = h.id FROM ledger_hold h, ledger_account a
WHERE h.reason = 'order:{order}' AND a.id = l.account_id AND a.kind = 'ORDER_HOLDS';
UPDATE ledger_entry SET key = 'hold:order:{order}', kind = 'HOLD', facts = '{{}}'
WHERE kind = 'MARKET';
ALTER TABLE marketplace_journalbatch DISABLE TRIGGER USER;
UPDATE marketplace_journalbatch SET commands = '{{"do": "buy", "said": "as before"}}';
ALTER TABLE marketplace_journalbatch ENABLE TRIGGER USER;
ALTER TABLE ledger_entry ENABLE TRIGGER USER;
ALTER TABLE ledger_entryline ENABLE TRIGGER USER;
"""


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def market_entries() -> list[Entry]:
    return list(Entry.objects.filter(kind="MARKET").order_by("id"))


def test_orders_of_one_turn_are_one_entry_that_names_each(trading: Trading) -> None:
    first, second = trading.take(trading.buy(), trading.buy(amount=4))

    (entry,) = market_entries()
    assert entry.facts == {
        "held": {str(first.id): first.held_micros, str(second.id): second.held_micros}
    }
    ben = trading.world.cast.ben.id
    held = first.held_micros + second.held_micros
    assert funds_of(ben).order_holds_micros == held
    (line,) = statement_of(ben, account_kinds=["ORDER_HOLDS"])
    assert (line.amount_micros, line.reason) == (held, "")
    assert shown(line).about == f"O{first.id}, O{second.id}"
    assert broken() == []


def test_an_order_that_comes_and_goes_in_one_turn_moves_nothing(trading: Trading) -> None:
    before = trading.turns.market.numbers.take("order") + 1

    trading.take(trading.buy(), trading.cancel(before))

    assert Order.objects.get(pk=before).state == "CANCELLED"
    assert market_entries() == []
    assert broken() == []


def test_what_one_order_gives_back_and_another_takes_is_told_of_both(trading: Trading) -> None:
    (first,) = trading.take(trading.buy())
    _, second = trading.take(trading.cancel(first.id), trading.buy())

    _, turned = market_entries()
    held = first.held_micros
    assert turned.facts == {"held": {str(first.id): -held, str(second.id): held}}
    ben = trading.world.cast.ben.id
    lines = statement_of(ben, account_kinds=["ORDER_HOLDS"])
    assert sorted(line.amount_micros for line in lines) == [-held, held, held]
    assert funds_of(ben).order_holds_micros == held
    assert broken() == []


def test_a_trade_tells_from_where_its_hold_came(trading: Trading) -> None:
    trading.take(trading.buy(amount=4))
    trading.take(trading.sell(devices=6))
    trading.take(trading.buy(amount=2, time_in_force="IOC"))

    rested, at_once = Trade.objects.order_by("id")
    placed, filled, bought = market_entries()
    assert placed.facts == {"held": {str(rested.order_id): micros("16.96")}}
    assert filled.facts == {
        "held": {str(rested.order_id): -micros("16.96")},
        "moved": {str(rested.pk): rested.held_micros},
    }
    assert bought.facts == {"paid": {str(at_once.pk): at_once.held_micros}}
    ben = trading.world.cast.ben.id
    assert dict(trail_of(rested).money) == {
        f"order_holds:{ben}": -rested.held_micros,
        f"agreement_holds:{ben}": rested.held_micros,
    }
    assert dict(trail_of(at_once).money) == {
        f"trading:{ben}": -at_once.held_micros,
        f"agreement_holds:{ben}": at_once.held_micros,
    }
    assert broken() == []


def test_an_open_order_of_an_older_market_ends_as_one_of_today(trading: Trading) -> None:
    (order,) = trading.take(trading.buy(splittable=True))
    with connection.cursor() as cursor:
        cursor.execute(AS_BEFORE.format(order=order.id))
    assert broken() == []
    trading.turns = trading.new_leader()

    trading.take(trading.sell(devices=3))
    assert broken() == []
    trading.take(trading.cancel(order.id))

    assert funds_of(trading.world.cast.ben.id).order_holds_micros == 0
    assert broken() == []


def test_deeds_of_one_turn_are_one_that_is_found_by_each_subject(trading: Trading) -> None:
    first, second = trading.take(trading.buy("one"), trading.buy("two"))
    trading.take(trading.cancel(first.id))

    placed = Deed.objects.get(verb="ORDER_PLACED")
    assert placed.subject == "several"
    assert placed.facts["subjects"] == [f"order:{first.id}", f"order:{second.id}"]
    assert [one["client_order_id"] for one in placed.facts["each"]] == ["one", "two"]
    verbs = [deed.verb for deed in deeds_about(f"order:{first.id}")]
    assert verbs == ["ORDER_PLACED", "ORDER_CANCELLED"]
    assert [deed.pk for deed in deeds_about(f"order:{second.id}")] == [placed.pk]


def test_a_turn_notes_balances_before_they_are_long_to_add_up(trading: Trading) -> None:
    for _ in range(LINES_WORTH_A_CHECKPOINT + 2):
        trading.take(trading.buy(amount=1))

    ben = trading.world.cast.ben.id
    accounts = {f"trading:{ben}", f"order_holds:{ben}"}
    noted = set(Checkpoint.objects.values_list("account__key", flat=True))
    assert accounts <= noted
    assert broken() == []
