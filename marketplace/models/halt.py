"""Halts: trading stopped for the market, a member or a chip model."""

from django.db import models


class Halt(models.Model):
    """In force from `halted_number` until `resumed_number` of the market's events."""

    scope = models.CharField(
        max_length=8, choices=[("MARKET", "market"), ("MEMBER", "member"), ("CHIP", "chip")]
    )
    subject_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=400)
    halted_number = models.BigIntegerField(
        unique=True, null=True, blank=True, help_text="given by the market when it has heard"
    )
    halted_at = models.DateTimeField()
    resumed_number = models.BigIntegerField(unique=True, null=True, blank=True)
    resumed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One halt in force a subject."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "subject_id"],
                condition=models.Q(resumed_at=None),
                nulls_distinct=False,
                name="one_halt_in_force",
            )
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.subject_id or ''}"
