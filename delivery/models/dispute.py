"""The buyer's own meter, and disputes of what the site's meter says."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ProbeReading(models.Model):
    """Device-seconds that the buyer's probe found at work in one quarter-hour; written once."""

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="probe_readings"
    )
    interval_start = models.DateTimeField()
    delivered_device_seconds = models.BigIntegerField()
    received_at = models.DateTimeField(help_text="market time")

    class Meta:
        """One figure a quarter."""

        ordering = ["allocation", "interval_start"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "interval_start"], name="one_probe_reading_a_quarter"
            ),
            models.CheckConstraint(
                condition=models.Q(delivered_device_seconds__gte=0),
                name="probe_reading_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} {self.interval_start:%d %H:%M}"


class DisputeState(models.TextChoices):
    """Where a dispute stands; the moves are in `delivery.domain.two_meters`."""

    OPEN = "OPEN"
    UPHELD = "UPHELD"
    DISMISSED = "DISMISSED"


class MeterDispute(models.Model):
    """One sealed hour that the buyer contests: both meters' quarters, frozen when it was opened.

    Upheld, it has the seal of a later run, which settles the difference.
    """

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="disputes"
    )
    hour_start = models.DateTimeField()
    contested = models.ForeignKey(
        "delivery.SealedUsage", on_delete=models.PROTECT, related_name="+"
    )
    probe_quarters = ArrayField(models.BigIntegerField(), size=4)
    state = models.CharField(max_length=10, choices=DisputeState, default=DisputeState.OPEN)
    opened_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    resealed = models.OneToOneField(
        "delivery.SealedUsage", on_delete=models.PROTECT, null=True, related_name="dispute"
    )

    class Meta:
        """An hour is contested once; what is decided has its day and reason."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "hour_start"], name="an_hour_is_contested_once"
            ),
            models.CheckConstraint(
                condition=models.Q(state="OPEN", decided_at=None, resealed=None)
                | models.Q(state="UPHELD", decided_at__isnull=False, resealed__isnull=False)
                | models.Q(state="DISMISSED", decided_at__isnull=False, resealed=None),
                name="dispute_fits_its_state",
            ),
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"
