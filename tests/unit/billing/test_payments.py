"""Money in and out by Stripe: once, whatever the order and number of the news."""

from itertools import permutations

import pytest
from django.db import transaction

from billing.actions import fetch_missed_events
from billing.domain.refusals import (
    AmountOutOfBounds,
    KeyUsedOtherwise,
    NotRefundable,
    WithdrawalTooLarge,
)
from billing.models import Deposit, Refund, StripeEvent
from billing.queries import withdrawable_fen
from billing.tasks import reconcile_payments
from ledger.actions import hold_funds
from ledger.queries import statement_of
from tests.cast import fund
from tests.unit.billing.till import Till


def test_a_deposit_becomes_funds(till: Till) -> None:
    deposit = till.deposit(50_000)

    assert deposit.state == "RECEIVED"
    assert till.books == {"ben": 50_000, "stripe": -50_000, "under way": 0}


def test_the_same_key_is_the_same_deposit(till: Till) -> None:
    first, second = till.deposit(50_000), till.deposit(50_000)

    assert first == second
    assert till.books["ben"] == 50_000
    with pytest.raises(KeyUsedOtherwise):
        till.deposit(50_001)


def test_a_declined_card_brings_nothing_but_its_reason(till: Till) -> None:
    deposit = till.deposit(50_000, "pm_card_visa_chargeDeclined")

    assert (deposit.state, deposit.reason) == ("FAILED", "Your card was declined.")
    assert till.books["ben"] == 0


def test_a_card_that_asks_its_holder_pays_after_the_answer(till: Till) -> None:
    deposit = till.deposit(50_000, "pm_card_authenticationRequired")
    assert (deposit.state, till.books["ben"]) == ("PENDING", 0)
    assert deposit.next_url

    till.emulator.payments.authenticate(deposit.intent_id or "", success=True)
    assert till.deliver(till.events[-1]) == 200

    assert till.books["ben"] == 50_000


@pytest.mark.parametrize("amount", [0, -1, 100_000_000])
def test_more_than_eight_digits_or_nothing_is_refused(amount: int, till: Till) -> None:
    with pytest.raises(AmountOutOfBounds):
        till.deposit(amount)


def test_news_in_any_order_and_number_is_one_effect(till: Till) -> None:
    deposit = till.deposit(7_000, "pm_card_authenticationRequired")
    till.emulator.payments.authenticate(deposit.intent_id or "", success=False)
    intent = till.emulator.state.intents[deposit.intent_id or ""]
    intent.update(status="requires_action")
    till.emulator.payments.authenticate(deposit.intent_id or "", success=True)
    events = till.events
    assert len(events) == 4

    for order in permutations(events):
        sid = transaction.savepoint()
        for event in (*order, order[0]):
            assert till.deliver(event) == 200
        deposit.refresh_from_db()
        assert (deposit.state, till.books["ben"]) == ("RECEIVED", 7_000)
        assert StripeEvent.objects.count() == 4
        transaction.savepoint_rollback(sid)


def test_an_event_may_overtake_the_answer(till: Till) -> None:
    deposit = till.deposit(7_000, "pm_card_authenticationRequired")
    till.emulator.payments.authenticate(deposit.intent_id or "", success=True)
    Deposit.objects.filter(pk=deposit.pk).update(intent_id=None, state="ASKED")

    assert till.deliver(till.events[-1]) == 200

    assert till.books["ben"] == 7_000


def test_unsigned_old_or_changed_news_is_refused(till: Till) -> None:
    till.deposit(7_000)
    event = till.events[-1]

    assert till.deliver(event, age_s=301) == 400
    assert till.deliver(event, change=b" ") == 400
    assert StripeEvent.objects.count() == 0


def test_news_about_another_amount_credits_nothing(till: Till) -> None:
    deposit = till.deposit(7_000, "pm_card_authenticationRequired")
    till.emulator.state.intents[deposit.intent_id or ""]["amount"] = 9_000
    till.emulator.payments.authenticate(deposit.intent_id or "", success=True)

    assert till.deliver(till.events[-1]) == 200

    assert till.books["ben"] == 0
    assert StripeEvent.objects.get().problem == "received 9000 cny"


def test_unused_funds_return_to_the_cards_oldest_first(till: Till) -> None:
    first, second = till.deposit(5_000, key="a"), till.deposit(5_000, key="b")

    withdrawal = till.withdraw(7_000)

    assert withdrawal.state == "PAID"
    parts = withdrawal.refunds.order_by("pk").values_list("deposit_id", "amount_fen")
    assert list(parts) == [(first.pk, 5_000), (second.pk, 2_000)]
    assert till.books == {"ben": 3_000, "stripe": -3_000, "under way": 0}


def test_the_same_withdrawal_again_is_one(till: Till) -> None:
    till.deposit(5_000)

    assert till.withdraw(1_000) == till.withdraw(1_000)
    assert till.books["ben"] == 4_000


def test_held_funds_cannot_be_withdrawn(till: Till) -> None:
    till.deposit(5_000)
    hold_funds(member_id=till.ben, reason="order:1", amount_micros=20_000_000, now=till.now)

    with pytest.raises(WithdrawalTooLarge):
        till.withdraw(3_001)
    assert withdrawable_fen(till.ben) == 3_000


def test_what_came_by_transfer_does_not_return_by_card(till: Till) -> None:
    till.deposit(5_000)
    fund(till.ben, 100_000_000)

    with pytest.raises(NotRefundable):
        till.withdraw(5_001)


def test_a_refund_that_fails_gives_the_funds_back(till: Till) -> None:
    till.deposit(5_000, "pm_card_refundFail")

    withdrawal = till.withdraw(5_000)
    assert (withdrawal.state, till.books["ben"]) == ("PAID", 0)

    for event in reversed(till.events):
        till.deliver(event)

    withdrawal.refresh_from_db()
    assert withdrawal.state == "FAILED"
    assert till.books == {"ben": 5_000, "stripe": -5_000, "under way": 0}
    assert [line.kind for line in statement_of(till.ben)][:2] == ["REFUND_FAILED", "WITHDRAWAL"]


def test_a_pending_refund_waits_for_its_news(till: Till) -> None:
    till.deposit(5_000, "pm_card_pendingRefund")
    withdrawal = till.withdraw(5_000)
    assert withdrawal.state == "SENT"
    assert till.books == {"ben": 0, "stripe": -5_000, "under way": 5_000}

    till.emulator.refunds.finish(withdrawal.refunds.get().refund_id or "", status="succeeded")
    till.deliver(till.events[-1])

    withdrawal.refresh_from_db()
    assert (withdrawal.state, till.books["under way"]) == ("PAID", 0)


def test_what_had_no_answer_is_repeated_and_is_one_payment(till: Till) -> None:
    deposit = till.deposit(5_000)
    withdrawal = till.withdraw(1_000)
    Refund.objects.filter(withdrawal=withdrawal).update(refund_id=None, state="ASKED")
    Deposit.objects.filter(pk=deposit.pk).update(intent_id=None, state="ASKED", received_at=None)

    reconcile_payments()

    deposit.refresh_from_db()
    assert deposit.state == "RECEIVED"
    assert len(till.emulator.state.intents) == 1
    assert len(till.emulator.state.refunds) == 1
    assert till.books == {"ben": 4_000, "stripe": -4_000, "under way": 0}


def test_while_stripe_is_away_requests_wait(till: Till) -> None:
    till.deposit(5_000)
    till.emulator.stop()

    withdrawal = till.withdraw(1_000)
    assert withdrawal.state == "ASKED"
    assert till.books == {"ben": 4_000, "stripe": -5_000, "under way": 1_000}
    assert reconcile_payments() == 0


def test_missed_news_is_fetched(till: Till) -> None:
    deposit = till.deposit(7_000, "pm_card_authenticationRequired")
    till.emulator.payments.authenticate(deposit.intent_id or "", success=True)

    assert fetch_missed_events(wall=till.now, now=till.now) >= 3

    assert till.books["ben"] == 7_000
