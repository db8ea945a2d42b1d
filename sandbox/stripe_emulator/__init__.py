"""A small stateful stand-in for Stripe on loopback, driven by the official client only.

It knows payment intents, refunds, events, test cards, idempotency keys and signed webhooks
with retries, and refuses what Stripe refuses: bad keys, unknown parameters, more than eight
digits. Amounts are whole fen.
"""

from sandbox.stripe_emulator.server import StripeEmulator

__all__ = ["StripeEmulator"]
