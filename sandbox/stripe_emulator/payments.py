"""Payment intents: created, confirmed by a test card, declined, or sent to authenticate."""

import time
from typing import Any

from sandbox.stripe_emulator.cards import CARDS
from sandbox.stripe_emulator.parameters import whole
from sandbox.stripe_emulator.problems import StripeProblem, invalid, missing
from sandbox.stripe_emulator.state import State, new_id

Parameters = dict[str, Any]


class Payments:
    """What Stripe does with payment intents."""

    def __init__(self, state: State, address: str) -> None:
        self._state, self._address = state, address

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """Create an intent, and confirm it at once if asked."""
        amount = whole(parameters, "amount")
        currency = str(parameters.get("currency", "")).lower()
        if not currency:
            raise invalid(
                "Missing required param: currency.", param="currency", code="parameter_missing"
            )
        intent = self._blank(amount, currency, parameters)
        if parameters.get("confirm") == "true" and not intent["payment_method"]:
            raise invalid("You cannot confirm without a payment method.", param="payment_method")
        if intent["payment_method"]:
            _card(intent["payment_method"])
            intent["status"] = "requires_confirmation"
        self._state.intents[intent["id"]] = intent
        self._state.record("payment_intent.created", intent)
        if parameters.get("confirm") == "true":
            return self._confirm(intent, parameters)
        return intent

    def confirm(self, name: str, parameters: Parameters) -> dict[str, Any]:
        """Confirm an intent with a payment method; refuse one that is over."""
        intent = self.retrieve(name)
        if intent["status"] not in {"requires_payment_method", "requires_confirmation"}:
            message = f"This PaymentIntent's status is {intent['status']}."
            raise invalid(message, code="payment_intent_unexpected_state")
        return self._confirm(intent, parameters)

    def cancel(self, name: str, parameters: Parameters) -> dict[str, Any]:
        """Cancel an intent that has not succeeded."""
        intent = self.retrieve(name)
        if intent["status"] in {"succeeded", "canceled"}:
            message = f"You cannot cancel a PaymentIntent that is {intent['status']}."
            raise invalid(message, code="payment_intent_unexpected_state")
        intent.update(
            status="canceled",
            next_action=None,
            cancellation_reason=parameters.get("cancellation_reason"),
        )
        self._state.record("payment_intent.canceled", intent)
        return intent

    def retrieve(self, name: str) -> dict[str, Any]:
        """Return an intent by id."""
        if name not in self._state.intents:
            raise missing("payment_intent", name)
        return self._state.intents[name]

    def authenticate(self, name: str, *, success: bool) -> dict[str, Any]:
        """End the card holder's authentication (the page that a bank would show)."""
        intent = self.retrieve(name)
        if intent["status"] != "requires_action":
            return intent
        if success:
            self._succeed(intent)
        else:
            self._fail(intent, "payment_intent_authentication_failure", "", "Not authenticated.")
        self._state.keep()
        return intent

    def _blank(self, amount: int, currency: str, parameters: Parameters) -> dict[str, Any]:
        name = new_id("pi")
        return {
            "id": name,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "currency": currency,
            "created": int(time.time()),
            "status": "requires_payment_method",
            "client_secret": f"{name}_secret_{new_id('s')[2:]}",
            "metadata": parameters.get("metadata", {}),
            "description": parameters.get("description"),
            "payment_method": parameters.get("payment_method"),
            "payment_method_types": list(
                parameters.get("payment_method_types", {"0": "card"}).values()
            ),
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "cancellation_reason": None,
            "livemode": False,
        }

    def _confirm(self, intent: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
        method = parameters.get("payment_method") or intent["payment_method"]
        if not method:
            raise invalid("You must provide a payment method.", param="payment_method")
        card = _card(str(method))
        intent["payment_method"] = card.name
        if card.decline:
            self._fail(intent, "card_declined", card.decline, card.decline_message)
            raise StripeProblem(
                402,
                "card_error",
                card.decline_message,
                code="card_declined",
                decline_code=card.decline,
                payment_intent=intent,
            )
        if card.needs_action:
            url = f"{self._address}/_emulator/authenticate/{intent['id']}"
            back = parameters.get("return_url", "")
            redirect = {"url": f"{url}?return_url={back}", "return_url": back}
            intent.update(
                status="requires_action",
                next_action={"type": "redirect_to_url", "redirect_to_url": redirect},
            )
            self._state.record("payment_intent.requires_action", intent)
            return intent
        self._succeed(intent)
        return intent

    def _succeed(self, intent: dict[str, Any]) -> None:
        intent.update(
            status="succeeded",
            amount_received=intent["amount"],
            latest_charge=new_id("ch"),
            last_payment_error=None,
            next_action=None,
        )
        self._state.record("payment_intent.succeeded", intent)

    def _fail(self, intent: dict[str, Any], code: str, decline: str, message: str) -> None:
        intent.update(
            status="requires_payment_method",
            next_action=None,
            last_payment_error={
                "type": "card_error",
                "code": code,
                "decline_code": decline,
                "message": message,
            },
        )
        self._state.record("payment_intent.payment_failed", intent)


def _card(name: str) -> Any:
    if name not in CARDS:
        raise missing("PaymentMethod", name)
    return CARDS[name]
