"""The engine's turns: what is answered once, what is put aside, and what stops the market."""

from collections import deque
from typing import Any
from unittest.mock import ANY

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from accounts.models import Deed
from config.invariants import find_violations
from exchange.refusal import Refused
from marketplace.actions.market import Deposed, Market
from marketplace.actions.stopping import resume_engine
from marketplace.domain import entry as entries
from marketplace.domain.refusals import MarketStopped
from marketplace.engine.leadership import try_to_lead
from marketplace.engine.turns import Turns
from marketplace.models import JournalBatch, MarketSequence, Order
from tests.cast import NOON
from tests.trading import Trading
from tests.world import micros
from timetable.queries import wall_now

# Balanced, and yet the order's hold is gone.
HELD_FUNDS_VANISH = """
ALTER TABLE ledger_entry DISABLE TRIGGER USER;
ALTER TABLE ledger_entryline DISABLE TRIGGER USER;
INSERT INTO ledger_entry (key, kind, booked_at, facts) VALUES ('x', 'X', now(), '{}');
INSERT INTO ledger_entryline (entry_id, account_id, amount_micros)
SELECT e.id, a.id, sign * micros FROM (SELECT %s::bigint AS micros) m,
       (VALUES ('ORDER_HOLDS', -1), ('TRADING', 1)) v(kind, sign)
JOIN ledger_account a ON a.kind = v.kind AND a.member_id IN (
    SELECT member_id FROM ledger_account o JOIN ledger_entryline l ON l.account_id = o.id
    WHERE o.kind = 'ORDER_HOLDS')
JOIN ledger_entry e ON e.key = 'x';
ALTER TABLE ledger_entry ENABLE TRIGGER USER;
ALTER TABLE ledger_entryline ENABLE TRIGGER USER;
"""

pytestmark = pytest.mark.django_db(transaction=True)


def broken() -> list[str]:
    return [found.invariant.code for found in find_violations().findings if not found.holds]


def test_an_order_sent_again_is_answered_as_it_stands_and_stored_once(trading: Trading) -> None:
    buy = trading.buy("again")
    (first,) = trading.take(buy)
    trading.take(trading.sell())
    (second,) = trading.take(buy)

    assert not first.repeated
    assert second.repeated
    assert (second.id, second.state, second.filled) == (first.id, "FILLED", 8)
    assert Order.objects.filter(client_order_id="again").count() == 1


def test_what_is_not_open_is_looked_up_together_however_much_is_named(
    trading: Trading, django_assert_num_queries: Any
) -> None:
    (order,) = trading.take(trading.buy())
    (listing,) = trading.take(trading.sell(ask_micros=micros("9.00")))
    trading.take(trading.cancel(order.id), trading.withdraw(listing.id))
    strangers = entries.CancelOrder(member=trading.world.cast.ada.id, order_id=order.id)
    asked = [trading.cancel(order.id), trading.withdraw(listing.id), strangers]
    asked += [trading.cancel(pk) for pk in range(10_000, 10_098)]
    asked += [trading.cancel(0), trading.cancel(10**40)]

    # The begin and the end: all else travels with the opening and the writing.
    with django_assert_num_queries(2):
        answers = trading.take(*asked)

    refused = [answer.refused for answer in answers]
    assert refused == ["MoveRefused", "MoveRefused", *["NotFound"] * 101]
    assert answers[0].facts == {"before": "CANCELLED", "after": "CANCELLED"}
    assert answers[1].facts == {"before": "WITHDRAWN", "after": "WITHDRAWN"}


def test_what_ended_in_the_same_turn_is_told_as_it_stands(trading: Trading) -> None:
    (order,) = trading.take(trading.buy())

    done, again = trading.take(trading.cancel(order.id), trading.cancel(order.id))

    assert done.state == "CANCELLED"
    assert (again.refused, again.facts["before"]) == ("MoveRefused", "CANCELLED")


def test_the_same_order_twice_in_one_turn_is_stored_once(trading: Trading) -> None:
    first, second = trading.take(trading.buy("twin"), trading.buy("twin"))

    assert (second.id, second.repeated) == (first.id, True)


def test_an_id_from_long_ago_is_found_by_an_engine_that_has_just_begun(trading: Trading) -> None:
    buy = trading.buy("long-ago")
    (first,) = trading.take(buy)
    trading.take(trading.cancel(first.id))
    trading.turns = trading.new_leader()

    (again,) = trading.take(buy)

    assert (again.id, again.state, again.repeated) == (first.id, "CANCELLED", True)


def test_an_id_with_another_content_is_refused(trading: Trading) -> None:
    trading.take(trading.buy("one-id"))
    (answer,) = trading.take(trading.buy("one-id", amount=4))

    assert answer.refused == "IdReused"


def test_a_cancel_and_a_replace_sent_again_get_their_first_answer(trading: Trading) -> None:
    (order,) = trading.take(trading.buy(amount=8))
    ben = trading.world.cast.ben.id
    replace = entries.ReplaceOrder(
        member=ben, order_id=order.id, version=1, amount=4, client_id="less"
    )
    (replaced,) = trading.take(replace)
    cancel = trading.cancel(order.id, "end")
    (ended,) = trading.take(cancel)
    trading.turns = trading.new_leader()

    replaced_again, ended_again = trading.take(replace, cancel)

    assert (replaced.version, ended.state) == (2, "CANCELLED")
    assert (replaced_again.version, replaced_again.state) == (2, replaced.state)
    assert ended_again.state == "CANCELLED"
    assert replaced_again.repeated
    assert ended_again.repeated


def test_a_refused_cancel_sent_again_is_refused_again(trading: Trading) -> None:
    cancel = trading.cancel(999_999, "nothing-there")
    (first,) = trading.take(cancel)
    (again,) = trading.take(cancel)

    assert (first.refused, again.refused) == ("NotFound", "NotFound")


def test_an_entry_that_cannot_be_taken_is_put_aside_and_the_others_go_on(trading: Trading) -> None:
    world = trading.world
    naive = trading.buy(
        "naive",
        earliest=world.hour(0).replace(tzinfo=None),
        latest=world.hour(9).replace(tzinfo=None),
    )
    good, bad, other = trading.take(trading.buy("good"), naive, trading.buy("other"))

    assert (good.state, other.state) == ("OPEN", "OPEN")
    assert bad.refused == "Unwritable"
    assert Deed.objects.filter(verb="ENTRY_PUT_ASIDE").count() == 1
    # Sent again it costs nobody a reload.
    before = trading.turns.turns
    (again,) = trading.take(naive)
    assert (again.refused, trading.turns.turns) == ("Unwritable", before)
    assert trading.turns.market.loaded
    assert broken() == []


def test_books_that_do_not_add_up_stop_the_market_until_an_operator_resumes_it(
    trading: Trading,
) -> None:
    trading.take(trading.sell())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE marketplace_capacityday SET in_orders = array_fill(0, ARRAY[24])")

    # The listing's devices are in nobody's account: taking them out again cannot be written.
    with pytest.raises(MarketStopped):
        trading.take(trading.buy())
    with pytest.raises(MarketStopped):
        trading.take(trading.buy())
    assert "capacity" in MarketSequence.objects.get().halted_by
    assert not Order.objects.exists()

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE marketplace_capacityday SET in_orders = array_fill(8, ARRAY[24])"
            " WHERE in_orders[1] = 0"
        )
    call_command("resume_engine", "--reason", "the capacity ledger was put right")

    assert MarketSequence.objects.get().halted_by == ""
    facts = Deed.objects.get(verb="ENGINE_RESUMED").facts
    assert facts == {"reason": "the capacity ledger was put right", "stopped_for": ANY}
    (answer,) = trading.take(trading.buy())
    assert answer.state == "FILLED"


def test_funds_that_are_not_there_stop_the_market(trading: Trading) -> None:
    (order,) = trading.take(trading.buy())
    with connection.cursor() as cursor:
        cursor.execute(HELD_FUNDS_VANISH, [order.held_micros])

    with pytest.raises(MarketStopped):
        trading.take(trading.cancel(order.id))

    assert "account_is_not_negative" in MarketSequence.objects.get().halted_by
    assert Order.objects.get(pk=order.id).state == "OPEN"


def test_a_market_that_stopped_itself_gives_signs_of_life(trading: Trading) -> None:
    MarketSequence.objects.update(halted_by="test", beat_at=NOON)

    trading.turns._beat = 0.0
    trading.turns.rest()

    assert MarketSequence.objects.get().beat_at > NOON
    with pytest.raises(MarketStopped):
        trading.take(trading.buy())


def test_what_is_not_stopped_cannot_be_resumed(trading: Trading) -> None:
    with pytest.raises(Refused):
        resume_engine(reason="none", now=NOON)
    with pytest.raises(CommandError):
        call_command("resume_engine", "--reason", "none")


def test_a_deposed_engine_writes_nothing(trading: Trading) -> None:
    MarketSequence.objects.update(epoch=99)
    journal = JournalBatch.objects.count()

    with pytest.raises(Deposed):
        trading.take(trading.buy())
    trading.turns._beat = 0.0
    with pytest.raises(Deposed):
        trading.turns.rest()

    assert not Order.objects.exists()
    assert JournalBatch.objects.count() == journal


def test_an_engine_whose_check_of_terms_is_switched_off_writes_although_it_is_deposed(
    trading: Trading,
) -> None:
    """The control of the test before: it can fail."""

    class Unfenced(Market):
        def _check_standing(self, opening: object) -> None:
            opening.epoch = self.epoch  # type: ignore[attr-defined]
            super()._check_standing(opening)  # type: ignore[arg-type]

    term = try_to_lead(wall_now())
    assert term is not None
    turns = Turns(Unfenced(epoch=term), term, fail=lambda _point: None)
    MarketSequence.objects.update(epoch=99)

    turns.take([trading.buy()])

    assert Order.objects.count() == 1


def test_an_engine_that_lost_its_session_never_goes_on_with_another(trading: Trading) -> None:
    turns = trading.turns

    def lose_session(point: str) -> None:
        if point == "after_match":
            turns._session = None
            raise IntegrityError

    turns.market.passes = lose_session
    with pytest.raises(Deposed):
        trading.take(trading.buy())
    assert not Order.objects.exists()


def test_a_turn_passes_its_named_points_in_order(trading: Trading) -> None:
    trading.passed.clear()
    trading.take(trading.buy())

    assert trading.passed == ["before_turn", "after_match", "before_commit", "after_commit"]


def test_a_listing_with_the_number_of_the_order_that_it_fills_spends_that_orders_hold(
    trading: Trading,
) -> None:
    ready = trading.turns.market.numbers._ready
    ready["order"], ready["listing"] = deque([777_001]), deque([777_001])
    (order,) = trading.take(trading.buy(amount=8))
    (listing,) = trading.take(trading.sell())

    assert order.id == listing.id
    assert Order.objects.get(pk=order.id).state == "FILLED"
    assert broken() == []
