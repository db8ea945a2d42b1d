"""Entries and their lines: append-only; a trigger keeps the sum of each at zero."""

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One posting, under a business key that makes a second one harmless."""

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    booked_at = models.DateTimeField(help_text="market time: when it takes effect")
    recorded_at = models.DateTimeField(db_default=Now(), help_text="wall time")
    facts = models.JSONField(default=dict)

    class Meta:
        """A total order: booked, then written."""

        ordering = ["booked_at", "id"]
        constraints = [models.UniqueConstraint(fields=["key"], name="one_entry_a_key")]

    def __str__(self) -> str:
        return self.key


class EntryLine(models.Model):
    """What one account gains (positive) or loses, in whole micros."""

    # Every posting joins these rows to write its lines; an invariant finds what refers to nothing.
    entry = models.ForeignKey(
        Entry, on_delete=models.PROTECT, related_name="lines", db_constraint=False
    )
    account = models.ForeignKey(
        "ledger.Account",
        on_delete=models.PROTECT,
        related_name="lines",
        db_constraint=False,
        db_index=False,
    )
    hold = models.ForeignKey(
        "ledger.Hold",
        on_delete=models.PROTECT,
        null=True,
        related_name="lines",
        db_constraint=False,
        db_index=False,
    )
    amount_micros = models.BigIntegerField()

    class Meta:
        """No empty lines; no amount near the end of 64 bits."""

        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount_micros=0), name="entry_line_is_not_empty"
            ),
            models.CheckConstraint(
                condition=models.Q(amount_micros__gt=-(10**15), amount_micros__lt=10**15),
                name="entry_line_has_a_limit",
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "id"], include=["amount_micros"], name="line_by_account"
            ),
            models.Index(
                fields=["hold"],
                include=["amount_micros"],
                condition=models.Q(hold__isnull=False),
                name="line_by_hold",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount_micros:+}"
