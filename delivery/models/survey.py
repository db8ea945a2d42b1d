"""Idle hours found in a site's own scheduler, and the listings that they could become."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class ElectricityTariff(models.Model):
    """What a megawatt-hour costs a centre of a province in each hour of its day, from a day on.

    Slot 0 is 00:00 Asia/Shanghai. Dated: a new tariff is a new row.
    """

    province = models.CharField(max_length=40)
    fen_per_mwh = ArrayField(models.PositiveIntegerField(), size=24)
    effective_from = models.DateTimeField()
    source = models.CharField(max_length=200)

    class Meta:
        """One tariff a province and instant, of 24 hours."""

        ordering = ["province", "-effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["province", "effective_from"], name="one_tariff_a_province_and_instant"
            ),
            models.CheckConstraint(
                condition=models.Q(fen_per_mwh__len=24), name="a_tariff_has_24_hours"
            ),
        ]

    def __str__(self) -> str:
        return self.province


class SiteSurvey(models.Model):
    """One reading of a site's scheduler; `trouble` says why there is nothing, when there is."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="surveys")
    reader = models.CharField(max_length=20, help_text="a key of settings.SCHEDULERS")
    taken_at = models.DateTimeField(help_text="market time")
    taken_at_wall = models.DateTimeField(db_default=Now())
    trouble = models.CharField(max_length=400, blank=True)

    class Meta:
        """Newest first."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["site", "-taken_at"], name="surveys_of_a_site")]

    def __str__(self) -> str:
        return f"{self.site_id} {self.taken_at:%Y-%m-%d %H:%M}"


class PoolSurvey(models.Model):
    """What one pool's partition looked like, how its forecasts did, and the forecast.

    `idle` are the devices that were idle in each hour from `first_hour` on; the bands begin at
    `band_hour`, go on from where `idle` ends, and are devices too. Losses are in thousandths of
    a device, coverage in basis points; both are of forecasts made a day ahead.
    """

    survey = models.ForeignKey(SiteSurvey, on_delete=models.PROTECT, related_name="pools")
    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="surveys")
    partition = models.CharField(max_length=80)
    devices_found = models.PositiveIntegerField()
    devices_usable = models.PositiveIntegerField()
    devices_busy = models.PositiveIntegerField(help_text="with the site's own work, now")
    devices_queued = models.PositiveIntegerField(help_text="wanted by waiting jobs")
    history_hours = models.PositiveIntegerField()
    first_hour = models.DateTimeField()
    idle = ArrayField(models.PositiveIntegerField())
    band_hour = models.DateTimeField()
    low = ArrayField(models.PositiveIntegerField(), default=list)
    mid = ArrayField(models.PositiveIntegerField(), default=list)
    high = ArrayField(models.PositiveIntegerField(), default=list)
    tested_hours = models.PositiveIntegerField(default=0)
    loss_milli = models.BigIntegerField(default=0)
    naive_loss_milli = models.BigIntegerField(default=0)
    coverage_bp = models.PositiveIntegerField(default=0)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        """One row a survey and pool."""

        ordering = ["survey", "pool"]
        constraints = [
            models.UniqueConstraint(fields=["survey", "pool"], name="one_row_a_survey_and_pool"),
            models.CheckConstraint(
                condition=models.Q(devices_usable__lte=models.F("devices_found")),
                name="usable_devices_were_found",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id} {self.partition}"


class ProposalState(models.TextChoices):
    """Where a proposal stands; the moves are in `delivery.domain.proposal_lifecycle`."""

    OPEN = "OPEN"
    LISTED = "LISTED"
    DISMISSED = "DISMISSED"
    SUPERSEDED = "SUPERSEDED"


class ListingProposal(models.Model):
    """Devices that a survey expects to be idle for a window, with what an hour costs the centre.

    `weeks_idle` of the last `weeks_seen` weeks had that many devices idle all the window long.
    """

    pool_survey = models.ForeignKey(PoolSurvey, on_delete=models.PROTECT, related_name="proposals")
    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="+")
    devices = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    marginal_micros = models.BigIntegerField(help_text="electricity per device-hour, whole fen")
    weeks_idle = models.PositiveSmallIntegerField()
    weeks_seen = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=ProposalState, default=ProposalState.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    by_rule = models.BooleanField(default=False)
    listing = models.OneToOneField(
        "marketplace.Listing", on_delete=models.PROTECT, null=True, related_name="proposal"
    )

    class Meta:
        """What is listed has a listing, and nothing else has."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=ProposalState.values), name="proposal_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="LISTED", listing__isnull=False)
                | (~models.Q(state="LISTED") & models.Q(listing=None)),
                name="a_listed_proposal_has_its_listing",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    devices__gt=0, ends_at__gt=models.F("starts_at"), marginal_micros__gt=0
                ),
                name="proposal_offers_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["pool", "starts_at"],
                condition=models.Q(state="OPEN"),
                name="open_proposals_of_a_pool",
            )
        ]

    def __str__(self) -> str:
        return f"proposal {self.pk}"


class StandingRule(models.Model):
    """A seller's word that proposals of a pool become listings by themselves, within limits."""

    pool = models.OneToOneField(
        "marketplace.Pool", on_delete=models.PROTECT, related_name="standing_rule"
    )
    enabled = models.BooleanField(default=False)
    keep_free_devices = models.PositiveIntegerField(default=0, help_text="never listed by the rule")
    most_devices = models.PositiveIntegerField(help_text="of one listing")
    most_device_hours_a_day = models.PositiveIntegerField(help_text="listed on one delivery day")
    sure_bp = models.PositiveIntegerField(
        default=10_000, help_text="share of past weeks in which the window was idle"
    )
    markup_bp = models.PositiveIntegerField(default=2_000, help_text="on the marginal cost")
    floor_micros = models.BigIntegerField(default=0, help_text="never below this, per device-hour")
    firmness = models.CharField(
        max_length=12,
        choices=[("FIRM", "firm"), ("RECALLABLE", "recallable"), ("SURPLUS", "surplus")],
        default="RECALLABLE",
    )
    recall_notice_minutes = models.PositiveIntegerField(null=True, blank=True, default=60)
    changed_at = models.DateTimeField()

    class Meta:
        """Limits that a rule cannot be without."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    most_devices__gt=0,
                    most_device_hours_a_day__gt=0,
                    sure_bp__lte=10_000,
                    markup_bp__lte=1_000_000,
                    floor_micros__gte=0,
                    floor_micros__lt=10**12,
                ),
                name="a_standing_rule_has_limits",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    firmness="RECALLABLE",
                    recall_notice_minutes__isnull=False,
                    recall_notice_minutes__gt=0,
                )
                | (~models.Q(firmness="RECALLABLE") & models.Q(recall_notice_minutes=None)),
                name="recallable_rules_have_a_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"rule of {self.pool_id}"
