"""Readings per 15 market minutes, hash-chained, signed per batch, sealed per hour."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class SiteKey(models.Model):
    """A site's public Ed25519 key; the site signs the head of each batch of readings."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="keys")
    public_key = models.CharField(max_length=64, unique=True, help_text="hex")
    valid_from = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.site_id} {self.public_key[:12]}"


class ReadingBatch(models.Model):
    """Readings delivered together: the site's signature over the head of their chain."""

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="batches"
    )
    site_key = models.ForeignKey(SiteKey, on_delete=models.PROTECT, related_name="+")
    head = models.CharField(max_length=64)
    signature = models.CharField(max_length=128)
    received_at = models.DateTimeField()

    class Meta:
        """A head is delivered once."""

        constraints = [
            models.UniqueConstraint(fields=["allocation", "head"], name="one_batch_a_head")
        ]

    def __str__(self) -> str:
        return self.head[:12]


class Reading(models.Model):
    """Device-seconds held and healthy in one interval of 15 minutes; never edited.

    A correction is a new version. Quality: MEASURED, ESTIMATED, EDITED.
    """

    # The unique keys begin with the allocation, and nobody looks for a batch's readings alone:
    # two more indexes would only make every reading dearer. A trigger (migration 0006) checks
    # both keys once a statement, not once a row, and that the batch is the allocation's.
    allocation = models.ForeignKey(
        "delivery.Allocation",
        on_delete=models.PROTECT,
        related_name="readings",
        db_index=False,
        db_constraint=False,
    )
    batch = models.ForeignKey(
        ReadingBatch,
        on_delete=models.PROTECT,
        null=True,
        related_name="readings",
        db_index=False,
        db_constraint=False,
    )
    interval_start = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField(help_text="place in the allocation's chain")
    delivered_device_seconds = models.BigIntegerField()
    unhealthy_device_seconds = models.BigIntegerField(default=0)
    quality = models.CharField(
        max_length=10,
        choices=[("MEASURED", "measured"), ("ESTIMATED", "estimated"), ("EDITED", "edited")],
    )
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        """One reading an interval and version; a chain without forks."""

        ordering = ["allocation", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "interval_start", "version"], name="one_reading_a_version"
            ),
            models.UniqueConstraint(
                fields=["allocation", "sequence"], name="one_reading_a_sequence"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    delivered_device_seconds__gte=0, unhealthy_device_seconds__gte=0
                ),
                name="reading_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} {self.interval_start:%d %H:%M} v{self.version}"


class SealedUsage(models.Model):
    """One delivery period of an allocation, closed: what settlement counts.

    `run` names the settlement run that it feeds (II first); later runs seal anew.
    """

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="sealed"
    )
    hour_start = models.DateTimeField()
    run = models.CharField(max_length=2, default="II")
    contracted_device_seconds = models.BigIntegerField()
    delivered_device_seconds = models.BigIntegerField()
    quarter_device_seconds = ArrayField(models.BigIntegerField(), size=4, default=list)
    estimated = ArrayField(
        models.BooleanField(), size=4, default=list, help_text="quarters without measurement"
    )
    estimated_intervals = models.PositiveSmallIntegerField(default=0)
    last_reading_hash = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField()

    class Meta:
        """One row an hour and run; nothing is delivered beyond what was contracted."""

        ordering = ["allocation", "hour_start", "run"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "hour_start", "run"], name="one_seal_an_hour_and_run"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    delivered_device_seconds__gte=0,
                    delivered_device_seconds__lte=models.F("contracted_device_seconds"),
                ),
                name="sealed_usage_is_within_contract",
            ),
            models.CheckConstraint(
                condition=models.Q(estimated_intervals__lte=4), name="an_hour_has_four_quarters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} {self.hour_start:%d %H} {self.run}"
