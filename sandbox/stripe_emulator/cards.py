"""Test cards, by the payment methods that Stripe's own test mode knows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """What a test card does."""

    name: str
    decline: str = ""
    decline_message: str = ""
    needs_action: bool = False
    refund: str = "succeeded"


CARDS = {
    card.name: card
    for card in (
        Card("pm_card_visa"),
        Card("pm_card_mastercard"),
        Card("pm_card_unionpay"),
        Card("pm_card_visa_chargeDeclined", "generic_decline", "Your card was declined."),
        Card(
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "insufficient_funds",
            "Your card has insufficient funds.",
        ),
        Card("pm_card_authenticationRequired", needs_action=True),
        Card("pm_card_pendingRefund", refund="pending"),
        Card("pm_card_refundFail", refund="failed"),
    )
}
