"""Listings: sell orders that hold real capacity of a pool."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListingState(models.TextChoices):
    """Where a listing stands; the moves are in `marketplace.domain.lifecycles`."""

    OPEN = "OPEN"
    SOLD = "SOLD"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class Listing(models.Model):
    """Devices of a pool for a window of hours at an ask per device-hour.

    `free` counts the unsold devices of each hour of the window, first hour first.
    """

    seller = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="listings")
    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="listings")
    client_order_id = models.CharField(max_length=64)
    content_hash = models.CharField(
        max_length=64, help_text="sha256: the same id must mean the same"
    )
    devices = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ask_micros = models.BigIntegerField(help_text="per device-hour")
    min_devices = models.PositiveIntegerField(default=1)
    min_hours = models.PositiveIntegerField(default=1)
    firmness = models.CharField(
        max_length=12,
        choices=[("FIRM", "firm"), ("RECALLABLE", "recallable"), ("SURPLUS", "surplus")],
        default="FIRM",
    )
    recall_notice_minutes = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=ListingState, default=ListingState.OPEN)
    free = ArrayField(models.IntegerField())
    arrival = models.BigIntegerField(unique=True, help_text="market event number: priority in time")
    accepted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="rises with each replacement")

    class Meta:
        """Sender's own id is used once; the matcher finds open listings by chip and price."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "client_order_id"], name="one_listing_a_client_id"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at"), devices__gt=0),
                name="listing_offers_something",
            ),
            models.CheckConstraint(
                condition=models.Q(ask_micros__gt=0, ask_micros__lt=10**12),
                name="listing_ask_has_bounds",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=ListingState.values), name="listing_state_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ask_micros", "arrival"],
                condition=models.Q(state="OPEN"),
                name="open_listings_by_price",
            )
        ]

    def __str__(self) -> str:
        return f"L{self.pk}"
