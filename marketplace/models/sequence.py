"""The market's sequence: one row, locked by whoever changes the book."""

from django.db import models


class MarketSequence(models.Model):
    """Where the market stands, and who may write on. Locking the row serialises the market.

    `epoch` counts leaders: an engine whose epoch has passed can write nothing more. `chain` is
    the hash over all of the journal up to batch `journal`.
    """

    last_number = models.BigIntegerField(default=0)
    journal = models.BigIntegerField(default=0, help_text="number of the last journal batch")
    chain = models.CharField(max_length=64, default="", blank=True)
    snapshot_day = models.DateField(null=True, help_text="delivery day of the last snapshot")
    epoch = models.BigIntegerField(default=0)
    leader = models.CharField(max_length=120, default="", blank=True)
    beat_at = models.DateTimeField(null=True, help_text="wall time of the leader's last sign")
    halted_by = models.CharField(
        max_length=400, default="", blank=True, help_text="why the engine stopped by itself"
    )

    class Meta:
        """One market in one database."""

        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_market_sequence")]

    def __str__(self) -> str:
        return str(self.last_number)
