"""Holds: funds set aside for one named reason. What remains is an answer, not a column."""

from django.db import models


class Hold(models.Model):
    """Set aside for `reason` (`order:17`, `trade:4`); its lines in the book itemise it."""

    reason = models.CharField(max_length=80)
    member = models.ForeignKey(
        "accounts.Member",
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    kind = models.CharField(
        max_length=20, choices=[("ORDER_HOLDS", "order"), ("AGREEMENT_HOLDS", "agreement")]
    )
    amount_micros = models.BigIntegerField()
    held_at = models.DateTimeField()

    class Meta:
        """A hold is of something."""

        constraints = [
            models.UniqueConstraint(fields=["reason"], name="one_hold_a_reason"),
            models.CheckConstraint(
                condition=models.Q(amount_micros__gt=0), name="hold_is_of_something"
            ),
        ]

    def __str__(self) -> str:
        return self.reason
