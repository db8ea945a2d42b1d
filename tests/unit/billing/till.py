"""The cashier's side of a story: deposits, withdrawals and the news about them."""

import json
import time
from typing import Any

from django.conf import settings
from django.test import Client

from billing.actions import ask_deposit, withdraw
from billing.models import Deposit, Withdrawal
from ledger.queries import balance_of, funds_of
from sandbox.stripe_emulator import StripeEmulator
from sandbox.stripe_emulator.webhooks import signature
from tests.cast import NOON
from tests.unit.ledger.conftest import member


class Till:
    """One member without funds, and an emulator whose webhooks the test delivers by hand."""

    def __init__(self, emulator: StripeEmulator) -> None:
        self.emulator, self.now = emulator, NOON
        self.ben = member("ben")

    def deposit(self, fen: int, card: str = "pm_card_visa", key: str = "d1") -> Deposit:
        return ask_deposit(
            member_id=self.ben, amount_fen=fen, key=key, payment_method=card, now=self.now
        )

    def withdraw(self, fen: int, key: str = "w1") -> Withdrawal:
        return withdraw(member_id=self.ben, amount_fen=fen, key=key, now=self.now)

    @property
    def events(self) -> list[dict[str, Any]]:
        return list(self.emulator.state.events.values())

    def deliver(self, event: dict[str, Any], *, age_s: int = 0, change: bytes = b"") -> int:
        payload = json.dumps(event).encode()
        header = signature(payload, settings.STRIPE_WEBHOOK_SECRET, int(time.time()) - age_s)
        answer = Client().post(
            "/webhooks/stripe/",
            payload + change,
            content_type="application/json",
            headers={"Stripe-Signature": header},
        )
        return answer.status_code

    @property
    def books(self) -> dict[str, int]:
        """Balances in fen."""
        found = {
            "ben": funds_of(self.ben).available_micros,
            "stripe": balance_of("bank:stripe"),
            "under way": balance_of("bank:refunds"),
        }
        return {name: amount // 10_000 for name, amount in found.items()}
