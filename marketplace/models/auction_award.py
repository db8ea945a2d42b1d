"""What a call auction sold: a rectangle of an offer's devices and hours, to one order."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuctionAward(models.Model):
    """Devices of an offer that an order bought, each hour at its node's price.

    Written with the outcome. It awaits its trade until one is made, or until its delivery
    begins and nothing can be made of it any more.
    """

    auction = models.ForeignKey(
        "marketplace.Auction", on_delete=models.PROTECT, related_name="awards"
    )
    order = models.ForeignKey(
        "marketplace.AuctionOrder", on_delete=models.PROTECT, related_name="awards"
    )
    offer = models.ForeignKey(
        "marketplace.AuctionOffer", on_delete=models.PROTECT, related_name="awards"
    )
    first_hour = models.PositiveIntegerField(help_text="from the auction's first")
    hours = models.PositiveIntegerField()
    devices = models.PositiveIntegerField()
    prices_micros = ArrayField(models.BigIntegerField(), help_text="of each hour, net")
    gflops = models.BigIntegerField(help_text="what a device counted for")
    value_micros = models.BigIntegerField(help_text="net")
    trade = models.OneToOneField(
        "marketplace.Trade",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="award",
        db_constraint=False,
    )
    lapsed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One a rectangle; traded or lapsed, never both."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "offer", "first_hour", "hours"], name="one_award_a_rectangle"
            ),
            models.CheckConstraint(
                condition=models.Q(hours__gt=0, devices__gt=0, value_micros__gt=0),
                name="award_is_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(trade__isnull=True) | models.Q(lapsed_at__isnull=True),
                name="award_is_traded_or_lapsed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["auction"],
                condition=models.Q(trade__isnull=True, lapsed_at__isnull=True),
                name="awards_that_wait",
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.offer} {self.devices} × {self.hours} h"
