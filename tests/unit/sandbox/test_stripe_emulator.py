"""The stand-in for Stripe, asked by the official client only."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe

from sandbox.stripe_emulator import StripeEmulator
from sandbox.stripe_emulator.webhooks import signature

KEY = "sk_test_emulator"


@pytest.fixture
def emulator() -> Iterator[StripeEmulator]:
    running = StripeEmulator(secret_key=KEY).start()
    yield running
    running.stop()


def ask(emulator: StripeEmulator, key: str = KEY) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": emulator.address}, max_network_retries=0)


def pay(
    emulator: StripeEmulator, card: str = "pm_card_visa", **more: object
) -> stripe.PaymentIntent:
    parameters = {
        "amount": 12_345,
        "currency": "cny",
        "payment_method": card,
        "payment_method_types": ["card"],
        "confirm": True,
        **more,
    }
    return ask(emulator).v1.payment_intents.create(parameters)  # type: ignore[arg-type]


def test_a_good_card_pays(emulator: StripeEmulator) -> None:
    intent = pay(emulator, metadata={"deposit": "17"})

    assert (intent.status, intent.amount_received, intent.currency) == ("succeeded", 12_345, "cny")
    assert intent.metadata is not None
    assert intent.metadata["deposit"] == "17"
    assert ask(emulator).v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_declined_card_says_why(emulator: StripeEmulator) -> None:
    with pytest.raises(stripe.CardError) as refusal:
        pay(emulator, "pm_card_visa_chargeDeclinedInsufficientFunds")

    assert refusal.value.code == "card_declined"
    assert refusal.value.http_status == 402
    assert [event.type for event in ask(emulator).v1.events.list().data] == [
        "payment_intent.payment_failed",
        "payment_intent.created",
    ]


def test_a_card_that_asks_its_holder_waits_for_the_answer(emulator: StripeEmulator) -> None:
    intent = pay(emulator, "pm_card_authenticationRequired", return_url="https://x.example/")
    assert intent.status == "requires_action"
    assert intent.next_action is not None

    emulator.payments.authenticate(intent.id, success=True)

    assert ask(emulator).v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_the_same_key_and_content_is_the_same_payment(emulator: StripeEmulator) -> None:
    payments = ask(emulator).v1.payment_intents
    wanted: stripe.params.PaymentIntentCreateParams = {"amount": 500, "currency": "cny"}

    first = payments.create(wanted, {"idempotency_key": "k"})
    second = payments.create(wanted, {"idempotency_key": "k"})

    assert first.id == second.id
    with pytest.raises(stripe.IdempotencyError):
        payments.create({"amount": 501, "currency": "cny"}, {"idempotency_key": "k"})


def test_a_decline_is_kept_under_its_key_but_a_mistake_is_not(emulator: StripeEmulator) -> None:
    payments = ask(emulator).v1.payment_intents
    with pytest.raises(stripe.InvalidRequestError):
        payments.create({"amount": 100_000_000, "currency": "cny"}, {"idempotency_key": "k"})

    assert payments.create({"amount": 99_999_999, "currency": "cny"}, {"idempotency_key": "k"})
    declined = "pm_card_visa_chargeDeclined"
    wanted: stripe.params.PaymentIntentCreateParams = {
        "amount": 500,
        "currency": "cny",
        "payment_method": declined,
        "confirm": True,
    }
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            payments.create(wanted, {"idempotency_key": "d"})
    assert len(ask(emulator).v1.payment_intents.list().data) == 2


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"amount": 100_000_000, "currency": "cny"}, "amount_too_large"),
        ({"amount": 0, "currency": "cny"}, "parameter_invalid_integer"),
        ({"amount": 5}, "parameter_missing"),
        ({"amount": 5, "currency": "cny", "colour": "red"}, "parameter_unknown"),
        ({"amount": 5, "currency": "cny", "payment_method": "pm_x"}, "resource_missing"),
    ],
)
def test_what_makes_no_sense_is_refused(
    parameters: dict[str, object], code: str, emulator: StripeEmulator
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        ask(emulator).v1.payment_intents.create(parameters)  # type: ignore[arg-type]

    assert refusal.value.code == code


def test_a_wrong_key_opens_nothing(emulator: StripeEmulator) -> None:
    with pytest.raises(stripe.AuthenticationError):
        ask(emulator, "sk_test_other").v1.payment_intents.list()


def test_refunds_never_exceed_what_was_received(emulator: StripeEmulator) -> None:
    intent, refunds = pay(emulator), ask(emulator).v1.refunds

    first = refunds.create({"payment_intent": intent.id, "amount": 12_000})

    assert (first.status, first.amount) == ("succeeded", 12_000)
    with pytest.raises(stripe.InvalidRequestError):
        refunds.create({"payment_intent": intent.id, "amount": 346})
    assert refunds.create({"payment_intent": intent.id}).amount == 345


def test_some_refunds_wait_and_some_come_back(emulator: StripeEmulator) -> None:
    waiting, failing = pay(emulator, "pm_card_pendingRefund"), pay(emulator, "pm_card_refundFail")
    refunds = ask(emulator).v1.refunds

    slow = refunds.create({"payment_intent": waiting.id})
    bad = refunds.create({"payment_intent": failing.id})

    assert (slow.status, bad.status) == ("pending", "succeeded")
    assert refunds.retrieve(bad.id).status == "failed"
    emulator.refunds.finish(slow.id, status="succeeded")
    assert refunds.retrieve(slow.id).status == "succeeded"


def test_events_come_in_pages_newest_first(emulator: StripeEmulator) -> None:
    for _ in range(3):
        pay(emulator)

    seen = [event.id for event in ask(emulator).v1.events.list({"limit": 2}).auto_paging_iter()]

    assert len(seen) == 6
    assert seen == [event["id"] for event in reversed(emulator.state.events.values())]


def test_the_official_client_accepts_the_signature() -> None:
    payload = b'{"id": "evt_1", "object": "event", "type": "x", "data": {"object": {}}}'

    header = signature(payload, "whsec", 1_000)

    event = stripe.Webhook.construct_event(payload, header, "whsec", tolerance=10**12)
    assert event.id == "evt_1"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(payload + b" ", header, "whsec", tolerance=10**12)


def test_what_it_remembers_outlives_it(tmp_path: Path) -> None:
    file = tmp_path / "stripe.json"
    first = StripeEmulator(secret_key=KEY, state_file=file).start()
    intent = pay(first)
    first.stop()

    second = StripeEmulator(secret_key=KEY, state_file=file).start()

    assert ask(second).v1.payment_intents.retrieve(intent.id).status == "succeeded"
    second.stop()
