"""Payments: deposits, withdrawals and payouts, and the inbox of Stripe's events."""

from django.db import models

from exchange.units import MICROS_PER_FEN


class Deposit(models.Model):
    """Money that a member pays in by a Stripe PaymentIntent; amounts in whole fen."""

    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="deposits")
    key = models.CharField(max_length=80, unique=True, help_text="idempotency key")
    amount_fen = models.BigIntegerField()
    state = models.CharField(
        max_length=10,
        choices=[(s, s.lower()) for s in ("ASKED", "PENDING", "RECEIVED", "FAILED")],
        default="ASKED",
    )
    payment_method = models.CharField(max_length=80, help_text="Stripe's token of the card")
    return_url = models.CharField(max_length=300, blank=True)
    intent_id = models.CharField(max_length=80, unique=True, null=True, blank=True)
    next_url = models.CharField(max_length=600, blank=True, help_text="where the bank asks")
    reason = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Stripe takes at most eight digits."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0, amount_fen__lte=99_999_999),
                name="deposit_has_at_most_eight_digits",
            )
        ]

    def __str__(self) -> str:
        return f"D{self.pk}"

    @property
    def amount_micros(self) -> int:
        """The amount in micros, as figures are printed."""
        return self.amount_fen * MICROS_PER_FEN


class Withdrawal(models.Model):
    """Unused funds that a member takes back, as refunds of its own deposits."""

    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="withdrawals"
    )
    key = models.CharField(max_length=80, unique=True)
    amount_fen = models.BigIntegerField()
    state = models.CharField(
        max_length=10,
        choices=[(s, s.lower()) for s in ("ASKED", "SENT", "PAID", "FAILED")],
        default="ASKED",
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A withdrawal is of something."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0), name="withdrawal_is_of_something"
            )
        ]

    def __str__(self) -> str:
        return f"W{self.pk}"

    @property
    def amount_micros(self) -> int:
        """The amount in micros, as figures are printed."""
        return self.amount_fen * MICROS_PER_FEN


class Refund(models.Model):
    """A withdrawal's part that returns through one deposit's PaymentIntent.

    `key` is the idempotency key: stored before the call, so that a repeated call is one refund.
    """

    withdrawal = models.ForeignKey(Withdrawal, on_delete=models.PROTECT, related_name="refunds")
    deposit = models.ForeignKey(Deposit, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=80, unique=True)
    amount_fen = models.BigIntegerField()
    state = models.CharField(
        max_length=10,
        choices=[(s, s.lower()) for s in ("ASKED", "SENT", "PAID", "FAILED")],
        default="ASKED",
    )
    refund_id = models.CharField(max_length=80, unique=True, null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """A refund is of something."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_fen__gt=0), name="refund_is_of_something"
            )
        ]

    def __str__(self) -> str:
        return f"R{self.pk}"

    @property
    def amount_micros(self) -> int:
        """The amount in micros, as figures are printed."""
        return self.amount_fen * MICROS_PER_FEN


class Payout(models.Model):
    """What a seller is to be paid for a delivery day; recorded as payable."""

    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="payouts")
    delivery_day = models.DateField()
    amount_fen = models.BigIntegerField()
    state = models.CharField(
        max_length=10, choices=[("PAYABLE", "payable"), ("PAID", "paid")], default="PAYABLE"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        """One payout a seller and day."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["member", "delivery_day"], name="one_payout_a_day")
        ]

    def __str__(self) -> str:
        return f"P{self.pk}"

    @property
    def amount_micros(self) -> int:
        """The amount in micros, as figures are printed."""
        return self.amount_fen * MICROS_PER_FEN


class StripeEvent(models.Model):
    """Inbox: each signed event once; its effect is posted in the same transaction."""

    event_id = models.CharField(max_length=80, primary_key=True)
    kind = models.CharField(max_length=60)
    body = models.JSONField()
    problem = models.CharField(max_length=200, blank=True, help_text="why it had no effect")
    received_at = models.DateTimeField(help_text="wall time")
    handled_at = models.DateTimeField(help_text="market time of the effect")

    def __str__(self) -> str:
        return self.event_id
