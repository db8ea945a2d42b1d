"""Declared use: what centres report of capacity that they do not sell here."""

from django.db import models


class DeclaredUse(models.Model):
    """A centre's own report for a month, as shares of its installed device-hours.

    It stands beside the metered use, is never mixed into it unnamed, and the newest
    month counts.
    """

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="declared")
    month = models.DateField(help_text="its first day")
    contracted_bp = models.PositiveIntegerField(help_text="sold outside the exchange")
    busy_bp = models.PositiveIntegerField(help_text="busy outside the exchange")
    declared_at = models.DateTimeField()
    sample = models.BooleanField(default=False, help_text="made up for the sample market")

    class Meta:
        """One report a centre and month; no share above the whole."""

        ordering = ["site", "-month"]
        constraints = [
            models.UniqueConstraint(fields=["site", "month"], name="one_declaration_a_month"),
            models.CheckConstraint(
                condition=models.Q(contracted_bp__lte=10_000, busy_bp__lte=10_000),
                name="declared_shares_are_shares",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.month:%Y-%m}"
