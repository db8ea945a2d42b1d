"""What is asked of a site's agent, and what it last said of its hand-overs and jobs."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class CommandState(models.TextChoices):
    """Where a command stands; the moves are in `delivery.domain.site_agent`."""

    QUEUED = "QUEUED"
    LEASED = "LEASED"
    DONE = "DONE"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class CommandKind(models.TextChoices):
    """What an agent can be asked for."""

    PROVISION = "PROVISION"
    ACCEPT = "ACCEPT"
    RELEASE = "RELEASE"
    RUN = "RUN"
    CANCEL = "CANCEL"


class AgentCommand(models.Model):
    """One piece of work for a site's agent, leased by number and fenced by session. Wall time."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=9, choices=CommandKind)
    external_name = models.CharField(max_length=80)
    subject = models.CharField(max_length=80, blank=True, help_text="the job, where it is on one")
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=CommandState, default=CommandState.QUEUED)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    leases = models.PositiveIntegerField(default=0, help_text="number of the last lease")
    fence = models.BigIntegerField(default=0, help_text="session that holds the lease")
    lease_until = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    result_sha256 = models.CharField(max_length=64, blank=True)
    told = models.BooleanField(default=False, help_text="the failure has reached the allocation")

    class Meta:
        """One open command of a kind and hand-over; a lease has its end."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CommandState.values), name="agent_command_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=CommandKind.values), name="agent_command_kind_is_known"
            ),
            models.UniqueConstraint(
                fields=["site", "kind", "external_name", "subject"],
                condition=Q(state__in=["QUEUED", "LEASED"]),
                name="one_open_command_of_a_kind",
            ),
            models.CheckConstraint(
                condition=Q(state="LEASED", lease_until__isnull=False)
                | (~Q(state="LEASED") & Q(lease_until=None)),
                name="a_lease_has_its_end",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["QUEUED", "LEASED"], finished_at=None)
                | (~Q(state__in=["QUEUED", "LEASED"]) & Q(finished_at__isnull=False)),
                name="a_finished_command_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["site", "id"],
                condition=Q(state__in=["QUEUED", "LEASED"]),
                name="open_agent_commands",
            ),
            models.Index(fields=["external_name", "kind", "subject"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.external_name}"


class AgentHandover(models.Model):
    """A hand-over as the site's agent last reported it; gone when it reports it no more."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="+")
    external_name = models.CharField(max_length=80)
    healthy = models.BooleanField(default=True)
    detail = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField(help_text="wall time")
    gone_at = models.DateTimeField(null=True, blank=True, help_text="wall time")

    class Meta:
        """One row a name at a site."""

        constraints = [
            models.UniqueConstraint(fields=["site", "external_name"], name="one_handover_a_name")
        ]
        indexes = [
            models.Index(
                fields=["external_name"], condition=Q(gone_at=None), name="standing_handovers"
            )
        ]

    def __str__(self) -> str:
        return self.external_name


class AgentJob(models.Model):
    """A job as the site's agent last reported it, with its output so far."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="+")
    external_name = models.CharField(max_length=80)
    job = models.CharField(max_length=80)
    running = models.BooleanField(default=True)
    exit_code = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    cpu_ms = models.BigIntegerField(null=True, blank=True)
    output = models.BinaryField(default=bytes)
    reported_at = models.DateTimeField(help_text="wall time")

    class Meta:
        """One row a job of a hand-over."""

        constraints = [
            models.UniqueConstraint(
                fields=["site", "external_name", "job"], name="one_agent_job_a_name"
            )
        ]

    def __str__(self) -> str:
        return f"{self.external_name} {self.job}"
