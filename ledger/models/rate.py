"""Fees and taxes as dated rows, in basis points."""

from django.db import models


class RateRule(models.Model):
    """SELLER_FEE (of the value, at payout) or VAT, in force from an instant on."""

    kind = models.CharField(max_length=12, choices=[("SELLER_FEE", "fee"), ("VAT", "VAT")])
    rate_bp = models.PositiveIntegerField()
    valid_from = models.DateTimeField()

    class Meta:
        """One rate a kind and instant; a rate is a share."""

        constraints = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="one_rate_at_a_time"),
            models.CheckConstraint(condition=models.Q(rate_bp__lte=10_000), name="rate_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rate_bp} bp"
