"""Market events: the ordered life of every order and listing, numbered without gaps."""

from django.db import models


class MarketEvent(models.Model):
    """Event `number` of the market: what happened to which order, listing or halt."""

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    order = models.ForeignKey(
        "marketplace.Order", on_delete=models.PROTECT, null=True, related_name="events"
    )
    listing = models.ForeignKey(
        "marketplace.Listing", on_delete=models.PROTECT, null=True, related_name="events"
    )
    facts = models.JSONField(default=dict)

    class Meta:
        """In order of the market."""

        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
