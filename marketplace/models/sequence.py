"""The market's sequence: one row, locked by whoever changes the book."""

from django.db import models


class MarketSequence(models.Model):
    """The number of the last market event. Locking the row serialises the market."""

    last_number = models.BigIntegerField(default=0)

    class Meta:
        """One market in one database."""

        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_market_sequence")]

    def __str__(self) -> str:
        return str(self.last_number)
