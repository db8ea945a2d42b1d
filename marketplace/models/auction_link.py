"""Carriers' links in a call auction: what stands in its book, and what it sold of them."""

from django.db import models


class AuctionLink(models.Model):
    """Gbit/s of a carrier's link that stand in an auction's book, at the link's own prices.

    Written when the book is frozen: what was free then, no more than the book's orders could
    use. Hours count from the auction's first; `number` is the row's in the book.
    """

    auction = models.ForeignKey(
        "marketplace.Auction", on_delete=models.PROTECT, related_name="links"
    )
    link = models.ForeignKey(
        "marketplace.CarrierLink", on_delete=models.PROTECT, related_name="auctioned"
    )
    number = models.PositiveIntegerField()
    first_hour = models.PositiveIntegerField()
    hours = models.PositiveIntegerField()
    gbps = models.PositiveIntegerField(help_text="in each hour")
    price_micros_per_gbps_hour = models.BigIntegerField(help_text="as asked, net, frozen")
    price_micros_per_gb = models.BigIntegerField(help_text="as asked, net, frozen")

    class Meta:
        """One row a number of the book, of something."""

        ordering = ["auction", "number"]
        constraints = [
            models.UniqueConstraint(fields=["auction", "number"], name="one_auction_link_a_number"),
            models.CheckConstraint(
                condition=models.Q(hours__gt=0, gbps__gt=0, price_micros_per_gbps_hour__gt=0),
                name="auction_link_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"A{self.auction_id}-L{self.number}"


class AuctionLinkAward(models.Model):
    """What one link carries for the devices of an award, in hours of it, at one price.

    It becomes a link trade with the award's own trade, or lapses with it.
    """

    award = models.ForeignKey(
        "marketplace.AuctionAward", on_delete=models.PROTECT, related_name="links"
    )
    offered = models.ForeignKey(AuctionLink, on_delete=models.PROTECT, related_name="awards")
    first_hour = models.PositiveIntegerField(help_text="from the auction's first")
    hours = models.PositiveIntegerField()
    gbps = models.PositiveIntegerField(help_text="in each hour")
    gb = models.PositiveBigIntegerField(default=0, help_text="moved once")
    price_micros_per_gbps_hour = models.BigIntegerField(help_text="the arc's in these hours, net")
    price_micros_per_gb = models.BigIntegerField(help_text="the arc's, net")
    value_micros = models.BigIntegerField(help_text="net")
    link_trade = models.OneToOneField(
        "marketplace.LinkTrade",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="award",
        db_constraint=False,
    )
    lapsed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One a piece; traded or lapsed, never both."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["award", "offered", "first_hour"], name="one_link_award_a_piece"
            ),
            models.CheckConstraint(
                condition=models.Q(hours__gt=0, value_micros__gt=0)
                & (models.Q(gbps__gt=0) | models.Q(gb__gt=0)),
                name="link_award_is_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(link_trade__isnull=True) | models.Q(lapsed_at__isnull=True),
                name="link_award_is_traded_or_lapsed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.award_id} {self.offered} {self.gbps} Gbit/s"
