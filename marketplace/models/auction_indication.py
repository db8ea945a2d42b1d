"""What an auction would come to if it ended now: told twice before the end, promising nothing."""

from django.db import models


class AuctionIndication(models.Model):
    """Indicative prices of an auction at one instant, by node and hour, naming nobody.

    `nodes` says what each node is, `prices` has a price an hour in micros, `device_hours` what
    would be sold there. Where nothing stands on one side there are no nodes.
    """

    auction = models.ForeignKey(
        "marketplace.Auction", on_delete=models.PROTECT, related_name="indications"
    )
    number = models.PositiveIntegerField()
    at = models.DateTimeField(help_text="market time of the book")
    orders = models.PositiveIntegerField()
    offers = models.PositiveIntegerField()
    nodes = models.JSONField()
    prices = models.JSONField()
    device_hours = models.JSONField()

    class Meta:
        """The newest first; each is worked out once."""

        ordering = ["auction", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "number"], name="one_indication_a_number"),
            models.CheckConstraint(
                condition=models.Q(number__in=[1, 2]), name="two_indications_an_auction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.auction_id} indication {self.number}"
