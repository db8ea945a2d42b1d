"""Market events: the ordered life of every order and listing, numbered without gaps."""

from django.db import models


class MarketEvent(models.Model):
    """Event `number` of the market: what happened to which order, listing or halt."""

    number = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    order = models.ForeignKey(
        "marketplace.Order",
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    listing = models.ForeignKey(
        "marketplace.Listing",
        on_delete=models.PROTECT,
        null=True,
        related_name="events",
        db_constraint=False,
        db_index=False,
    )
    facts = models.JSONField(default=dict)

    class Meta:
        """In order of the market."""

        ordering = ["number"]
        indexes = [
            models.Index(
                fields=["order"],
                condition=models.Q(order__isnull=False),
                name="events_of_an_order",
            ),
            models.Index(
                fields=["listing"],
                condition=models.Q(listing__isnull=False),
                name="events_of_a_listing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
