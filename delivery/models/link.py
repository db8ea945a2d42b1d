"""Links as they are delivered: hand-over, test, readings by the quarter, sealed hours."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class LinkState(models.TextChoices):
    """Where a link's delivery stands; the moves are in `delivery.domain.link_lifecycle`."""

    PLANNED = "PLANNED"
    PROVISIONING = "PROVISIONING"
    ACCEPTED = "ACCEPTED"
    DELIVERING = "DELIVERING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class LinkDelivery(models.Model):
    """The one hand-over of an agreement on a link; its name makes creating it twice harmless."""

    agreement = models.OneToOneField(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="link_delivery"
    )
    link = models.ForeignKey(
        "marketplace.CarrierLink", on_delete=models.PROTECT, related_name="deliveries"
    )
    connector = models.CharField(max_length=20, blank=True)
    external_name = models.CharField(max_length=80, unique=True)
    gbps = models.PositiveIntegerField(help_text="in each hour")
    gb = models.PositiveBigIntegerField(help_text="moved once, at most")
    widest_gbps = models.PositiveIntegerField(help_text="what the link can carry at most")
    rtt_us = models.PositiveIntegerField(help_text="contracted")
    least_mbps = models.PositiveBigIntegerField(help_text="to be shown by test")
    most_rtt_us = models.PositiveIntegerField(help_text="to be kept by test")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.CharField(max_length=14, choices=LinkState, default=LinkState.PLANNED)
    state_since = models.DateTimeField(help_text="market time")
    state_reason = models.CharField(max_length=200, blank=True)
    chain_head = models.CharField(max_length=64, help_text="hash of the last reading")
    chain_length = models.PositiveIntegerField(default=0, help_text="readings in the chain")
    metered_until = models.DateTimeField(help_text="market time")
    metered_at_wall = models.DateTimeField(null=True, blank=True, help_text="wall time")
    sealed_until = models.DateTimeField(help_text="market time")

    class Meta:
        """States are those of the table; cursors stay in the window."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=LinkState.values), name="link_delivery_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(gbps__gt=0) | models.Q(gb__gt=0),
                name="link_delivery_is_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    metered_until__gte=models.F("starts_at"),
                    metered_until__lte=models.F("ends_at"),
                    sealed_until__gte=models.F("starts_at"),
                    sealed_until__lte=models.F("ends_at"),
                ),
                name="link_cursors_are_in_the_window",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "starts_at"]),
            models.Index(
                fields=["sealed_until"],
                condition=models.Q(sealed_until__lt=models.F("ends_at")),
                name="links_to_seal",
            ),
        ]

    def __str__(self) -> str:
        return self.external_name


class LinkEvent(models.Model):
    """What happened to a link's delivery, in market and wall time."""

    link_delivery = models.ForeignKey(LinkDelivery, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    at_wall = models.DateTimeField(db_default=Now())
    facts = models.JSONField(default=dict)

    class Meta:
        """In order of writing."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.link_delivery_id} {self.kind}"


class LinkTest(models.Model):
    """What a handed-over link was measured to give, against what was contracted."""

    link_delivery = models.OneToOneField(
        LinkDelivery, on_delete=models.PROTECT, related_name="test"
    )
    mbps = models.PositiveBigIntegerField()
    least_mbps = models.PositiveBigIntegerField()
    rtt_us = models.PositiveIntegerField(help_text="median")
    most_rtt_us = models.PositiveIntegerField()
    passed = models.BooleanField()
    evidence = models.JSONField(default=dict)
    tested_at = models.DateTimeField()

    class Meta:
        """The verdict follows from the figures."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    passed=True,
                    mbps__gte=models.F("least_mbps"),
                    rtt_us__lte=models.F("most_rtt_us"),
                )
                | (
                    models.Q(passed=False)
                    & (
                        models.Q(mbps__lt=models.F("least_mbps"))
                        | models.Q(rtt_us__gt=models.F("most_rtt_us"))
                    )
                ),
                name="link_test_says_what_it_measured",
            )
        ]

    def __str__(self) -> str:
        return f"{self.link_delivery_id} {'passed' if self.passed else 'failed'}"


class LinkReading(models.Model):
    """Gbit/s-seconds available and MB moved in 15 minutes; never edited.

    A correction is a new version. Quality: MEASURED, ESTIMATED, EDITED.
    """

    link_delivery = models.ForeignKey(
        LinkDelivery, on_delete=models.PROTECT, related_name="readings", db_index=False
    )
    interval_start = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    sequence = models.PositiveIntegerField(help_text="place in the link's chain")
    available_gbps_seconds = models.BigIntegerField()
    moved_mb = models.BigIntegerField()
    quality = models.CharField(
        max_length=10,
        choices=[("MEASURED", "measured"), ("ESTIMATED", "estimated"), ("EDITED", "edited")],
    )
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    received_at = models.DateTimeField(help_text="market time")

    class Meta:
        """One reading an interval and version; a chain without forks."""

        ordering = ["link_delivery", "sequence"]
        constraints = [
            models.UniqueConstraint(
                fields=["link_delivery", "interval_start", "version"],
                name="one_link_reading_a_version",
            ),
            models.UniqueConstraint(
                fields=["link_delivery", "sequence"], name="one_link_reading_a_sequence"
            ),
            models.CheckConstraint(
                condition=models.Q(available_gbps_seconds__gte=0, moved_mb__gte=0),
                name="link_reading_is_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_delivery_id} {self.interval_start:%d %H:%M} v{self.version}"


class SealedLinkHour(models.Model):
    """One delivery period of a link, closed: what settlement with the carrier counts."""

    link_delivery = models.ForeignKey(LinkDelivery, on_delete=models.PROTECT, related_name="sealed")
    hour_start = models.DateTimeField()
    run = models.CharField(max_length=2, default="II")
    contracted_gbps_seconds = models.BigIntegerField()
    available_gbps_seconds = models.BigIntegerField()
    moved_mb = models.BigIntegerField()
    quarter_gbps_seconds = ArrayField(models.BigIntegerField(), size=4)
    quarter_mb = ArrayField(models.BigIntegerField(), size=4)
    estimated = ArrayField(models.BooleanField(), size=4, help_text="quarters without measurement")
    last_reading_hash = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField()

    class Meta:
        """One row an hour and run; nothing is available beyond what was contracted."""

        ordering = ["link_delivery", "hour_start", "run"]
        constraints = [
            models.UniqueConstraint(
                fields=["link_delivery", "hour_start", "run"], name="one_link_seal_an_hour_and_run"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    moved_mb__gte=0,
                    available_gbps_seconds__gte=0,
                    available_gbps_seconds__lte=models.F("contracted_gbps_seconds"),
                ),
                name="sealed_link_hour_is_within_contract",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.link_delivery_id} {self.hour_start:%d %H} {self.run}"
