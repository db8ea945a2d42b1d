"""The cashier's line to Stripe, through its official client.

Every call names its idempotency key, which was stored before; so a call whose answer was lost
is repeated, and is one payment. No call is made while rows are locked.
"""

from collections.abc import Iterator
from typing import Any

import stripe
from django.conf import settings

from billing.domain.payments import Intent, Returned
from billing.domain.refusals import BadSignature, PaymentRefused, PaymentsAway

CURRENCY = "cny"
TIMEOUT_S = 15
SIGNATURE_AGE_S = 300


def client() -> stripe.StripeClient:
    """Return a client for Stripe, or for the address that the settings name."""
    base = settings.STRIPE_API_BASE
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        base_addresses={"api": base} if base else None,
        max_network_retries=1,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
    )


def create_intent(
    *, amount_fen: int, key: str, payment_method: str, return_url: str, metadata: dict[str, str]
) -> Intent:
    """Create and confirm a payment intent; a declined card is an intent with a reason.

    Refuses with PaymentsAway when Stripe does not answer, PaymentRefused when it says no.
    """
    parameters: dict[str, Any] = {
        "amount": amount_fen,
        "currency": CURRENCY,
        "payment_method": payment_method,
        "payment_method_types": ["card"],
        "confirm": True,
        "metadata": metadata,
    }
    if return_url:
        parameters["return_url"] = return_url
    try:
        answer = client().v1.payment_intents.create(
            parameters,  # type: ignore[arg-type]
            {"idempotency_key": key},
        )
    except stripe.CardError as problem:
        body = problem.json_body if isinstance(problem.json_body, dict) else {}
        return intent_of(body["error"]["payment_intent"])
    except stripe.StripeError as problem:
        raise _refusal(problem) from problem
    return intent_of(answer.to_dict())


def retrieve_intent(intent_id: str) -> Intent:
    """Return what Stripe knows of an intent now."""
    try:
        return intent_of(client().v1.payment_intents.retrieve(intent_id).to_dict())
    except stripe.StripeError as problem:
        raise _refusal(problem) from problem


def create_refund(
    *, intent_id: str, amount_fen: int, key: str, metadata: dict[str, str]
) -> Returned:
    """Return a part of an intent to its card; refuses as `create_intent` does."""
    try:
        answer = client().v1.refunds.create(
            {"payment_intent": intent_id, "amount": amount_fen, "metadata": metadata},
            {"idempotency_key": key},
        )
    except stripe.StripeError as problem:
        raise _refusal(problem) from problem
    return refund_of(answer.to_dict())


def retrieve_refund(refund_id: str) -> Returned:
    """Return what Stripe knows of a refund now."""
    try:
        return refund_of(client().v1.refunds.retrieve(refund_id).to_dict())
    except stripe.StripeError as problem:
        raise _refusal(problem) from problem


def events_since(since: int, limit: int) -> Iterator[dict[str, Any]]:
    """Yield up to `limit` events that happened since a unix second, newest first."""
    try:
        page = client().v1.events.list({"created": {"gte": since}, "limit": min(limit, 100)})
        for count, event in enumerate(page.auto_paging_iter(), start=1):
            yield event.to_dict()
            if count >= limit:
                return
    except stripe.StripeError as problem:
        raise _refusal(problem) from problem


def read_event(payload: bytes, signature: str) -> dict[str, Any]:
    """Return a webhook's event; refuses one that is unsigned, changed or old: BadSignature."""
    try:
        event = stripe.Webhook.construct_event(
            payload, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=SIGNATURE_AGE_S
        )
    except (stripe.SignatureVerificationError, ValueError, AttributeError) as problem:
        raise BadSignature from problem
    found: dict[str, Any] = event.to_dict()
    return found


def intent_of(body: dict[str, Any]) -> Intent:
    """Read Stripe's payment intent."""
    problem = body.get("last_payment_error") or {}
    action = (body.get("next_action") or {}).get("redirect_to_url") or {}
    return Intent(
        id=body["id"],
        status=body["status"],
        amount_fen=body["amount"],
        received_fen=body.get("amount_received", 0),
        currency=body["currency"],
        reason=str(problem.get("message", "")),
        next_url=str(action.get("url") or ""),
        metadata=body.get("metadata") or {},
    )


def refund_of(body: dict[str, Any]) -> Returned:
    """Read Stripe's refund."""
    return Returned(
        id=body["id"],
        status=body["status"],
        amount_fen=body["amount"],
        reason=str(body.get("failure_reason") or ""),
        metadata=body.get("metadata") or {},
    )


def _refusal(problem: stripe.StripeError) -> PaymentsAway | PaymentRefused:
    """What may be repeated is away; what Stripe understood and declined is refused."""
    repeatable = (stripe.APIConnectionError, stripe.RateLimitError)
    if isinstance(problem, repeatable) or (problem.http_status or 500) >= 500:
        return PaymentsAway()
    if isinstance(problem, stripe.AuthenticationError | stripe.PermissionError):
        # Our key, not the member's doing; repeated when the key is right.
        return PaymentsAway()
    return PaymentRefused(reason=problem.user_message or str(problem))
