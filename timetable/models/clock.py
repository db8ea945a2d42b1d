"""The market clock: append-only rows, the newest is in force."""

from django.db import models


class ClockRow(models.Model):
    """From `wall_origin` on, market time is `market_origin` plus factor times wall time.

    `factor` is market seconds per wall second: 1 in production, 180 when a market
    hour takes 20 s, 0 while the clock rests (a stopped demo, a stepped journey).
    """

    wall_origin = models.DateTimeField()
    market_origin = models.DateTimeField()
    factor = models.PositiveIntegerField()
    reason = models.CharField(max_length=200)

    class Meta:
        """Newest first, and market time never runs so fast that hours are skipped."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(factor__lte=86_400), name="clock_factor_has_a_limit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.market_origin:%Y-%m-%d %H:%M:%S} x{self.factor}"
