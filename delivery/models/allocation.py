"""Allocations: the capacity set aside and handed over for one agreement."""

from datetime import datetime

from django.db import models
from django.db.models.functions import Now


class AllocationState(models.TextChoices):
    """Where an allocation stands; the moves are in `delivery.domain.allocation_lifecycle`."""

    PLANNED = "PLANNED"
    PROVISIONING = "PROVISIONING"
    ACCEPTED = "ACCEPTED"
    DELIVERING = "DELIVERING"
    INTERRUPTED = "INTERRUPTED"
    COMPLETED = "COMPLETED"
    RECALLED = "RECALLED"
    FAILED = "FAILED"


class Allocation(models.Model):
    """One live hand-over per agreement, named so that creating it twice adopts it."""

    agreement = models.OneToOneField(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="allocation"
    )
    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="+")
    connector = models.CharField(max_length=20)
    generation = models.PositiveIntegerField(default=1, help_text="fence: the later one wins")
    devices = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    recall_asked_at = models.DateTimeField(null=True, blank=True, help_text="market time")
    recalled_from = models.DateTimeField(null=True, blank=True, help_text="market time")
    state = models.CharField(
        max_length=14, choices=AllocationState, default=AllocationState.PLANNED
    )
    state_since = models.DateTimeField(help_text="market time")
    state_reason = models.CharField(max_length=200, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True, help_text="wall time")
    external_name = models.CharField(max_length=80, unique=True)
    gflops_per_device = models.BigIntegerField(default=0, help_text="contracted")
    acceptance_bp = models.PositiveIntegerField(default=9000, help_text="share to be shown by test")
    chain_head = models.CharField(max_length=64, blank=True, help_text="hash of the last reading")
    chain_length = models.PositiveIntegerField(default=0, help_text="readings in the chain")
    metered_until = models.DateTimeField(null=True, blank=True, help_text="market time")
    sealed_until = models.DateTimeField(null=True, blank=True, help_text="market time")
    metered_at_wall = models.DateTimeField(null=True, blank=True, help_text="wall time")

    class Meta:
        """States are those of the table."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AllocationState.values),
                name="allocation_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(devices__gt=0), name="allocation_is_of_something"
            ),
            models.CheckConstraint(
                condition=models.Q(recall_asked_at=None, recalled_from=None)
                | models.Q(
                    recalled_from__gt=models.F("recall_asked_at"),
                    recalled_from__lt=models.F("ends_at"),
                ),
                name="recall_has_a_notice",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="RECALLED") | models.Q(recalled_from__isnull=False),
                name="recalled_was_asked_for",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "starts_at"]),
            models.Index(
                fields=["metered_until"],
                condition=models.Q(state__in=["DELIVERING", "INTERRUPTED"]),
                name="allocations_to_meter",
            ),
            models.Index(
                fields=["sealed_until"],
                condition=models.Q(sealed_until__lt=models.F("ends_at")),
                name="allocations_to_seal",
            ),
        ]

    def __str__(self) -> str:
        return self.external_name

    @property
    def until(self) -> datetime:
        """The instant until which the devices are held: the window's end, or the recall's."""
        return self.ends_at if self.recalled_from is None else self.recalled_from


class AllocationEvent(models.Model):
    """What happened to an allocation, in market and wall time."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    at = models.DateTimeField()
    at_wall = models.DateTimeField(db_default=Now())
    facts = models.JSONField(default=dict)

    class Meta:
        """In order of writing."""

        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.allocation_id} {self.kind}"
