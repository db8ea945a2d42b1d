"""Jobs: the buyer's work, in variants per software stack; the fitting one runs."""

from django.db import models
from django.db.models.functions import Now


class JobState(models.TextChoices):
    """Where a job stands; the moves are in `delivery.domain.job_lifecycle`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class Job(models.Model):
    """Work submitted to an allocation through the job door."""

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="jobs"
    )
    name = models.CharField(max_length=80)
    client_job_id = models.CharField(max_length=64)
    devices = models.PositiveIntegerField(default=1)
    time_limit_s = models.PositiveIntegerField(default=60)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    variant = models.ForeignKey(
        "delivery.JobVariant", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    external_id = models.CharField(max_length=80, blank=True)
    exit_code = models.IntegerField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    log_bytes = models.PositiveIntegerField(default=0, help_text="bytes of output taken over")
    cancel_asked = models.BooleanField(default=False)
    cpu_ms = models.BigIntegerField(null=True, blank=True, help_text="evidence, never billed")
    submitted_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Sender's own id is used once an allocation."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "client_job_id"], name="one_job_a_client_id"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.values), name="job_state_is_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["allocation"],
                condition=models.Q(state__in=["QUEUED", "RUNNING"]),
                name="unfinished_jobs",
            )
        ]

    def __str__(self) -> str:
        return f"J{self.pk}"


class JobVariant(models.Model):
    """How the job runs on one software stack."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="variants")
    stack = models.CharField(max_length=12)
    command = models.JSONField(help_text="argument list")

    class Meta:
        """One variant a stack."""

        constraints = [models.UniqueConstraint(fields=["job", "stack"], name="one_variant_a_stack")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.stack}"


class JobLog(models.Model):
    """A numbered piece of a job's output."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="logs")
    sequence = models.PositiveIntegerField()
    text = models.TextField()
    at_wall = models.DateTimeField(db_default=Now())

    class Meta:
        """Numbered without gaps."""

        ordering = ["job", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["job", "sequence"], name="one_log_piece_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.job_id}#{self.sequence}"
