"""Refunds: whole or in parts, never beyond what an intent received."""

import time
from typing import Any

from sandbox.stripe_emulator.cards import CARDS
from sandbox.stripe_emulator.parameters import whole
from sandbox.stripe_emulator.payments import Payments
from sandbox.stripe_emulator.problems import invalid, missing
from sandbox.stripe_emulator.state import State, new_id


class Refunds:
    """What Stripe does with refunds."""

    def __init__(self, state: State, payments: Payments) -> None:
        self._state, self._payments = state, payments

    def create(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Refund an intent; some test cards leave it pending, or let it fail afterwards."""
        name = str(parameters.get("payment_intent", ""))
        if not name:
            raise invalid("One of payment_intent or charge is needed.", param="payment_intent")
        intent = self._payments.retrieve(name)
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({name}) does not have a successful charge to refund."
            raise invalid(message, param="payment_intent")
        left = intent["amount_received"] - self._refunded(name)
        amount = whole(parameters, "amount") if "amount" in parameters else left
        if left <= 0:
            message = f"Charge {intent['latest_charge']} has already been refunded."
            raise invalid(message, code="charge_already_refunded")
        if amount > left:
            message = (
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            )
            raise invalid(message, param="amount")
        fate = CARDS[intent["payment_method"]].refund
        refund = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "created": int(time.time()),
            "charge": intent["latest_charge"],
            "payment_intent": name,
            "metadata": parameters.get("metadata", {}),
            "reason": parameters.get("reason"),
            "status": "pending" if fate == "pending" else "succeeded",
        }
        self._state.refunds[refund["id"]] = refund
        self._state.record("refund.created", refund)
        told = dict(refund)
        if fate == "failed":
            # The bank says so later: the caller hears of a refund that went through.
            self.finish(refund["id"], status="failed")
        return told

    def finish(self, name: str, *, status: str) -> dict[str, Any]:
        """Let a refund end: `succeeded`, or `failed` as when an account was closed."""
        refund = self.retrieve(name)
        refund["status"] = status
        if status == "failed":
            refund["failure_reason"] = "lost_or_stolen_card"
            self._state.record("refund.failed", refund)
        self._state.record("refund.updated", refund)
        self._state.keep()
        return refund

    def retrieve(self, name: str) -> dict[str, Any]:
        """Return a refund by id."""
        if name not in self._state.refunds:
            raise missing("refund", name)
        return self._state.refunds[name]

    def _refunded(self, intent_name: str) -> int:
        return sum(
            int(refund["amount"])
            for refund in self._state.refunds.values()
            if refund["payment_intent"] == intent_name and refund["status"] != "failed"
        )
