"""Jobs: the buyer's work, in variants per software stack; the fitting one runs."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

UNFINISHED = ("QUEUED", "RUNNING")


class JobState(models.TextChoices):
    """Where a job stands; the moves are in `delivery.domain.job_lifecycle`."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class JobKind(models.TextChoices):
    """What a job is for: work that ends, an endpoint that is served, or a person at a shell."""

    BATCH = "BATCH"
    SERVICE = "SERVICE"
    SESSION = "SESSION"


class JobGroup(models.Model):
    """Jobs of one request: an array runs as it fits, a gang starts together."""

    buyer = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=[("ARRAY", "array"), ("GANG", "gang")])
    size = models.PositiveIntegerField()

    class Meta:
        """A group has at least two jobs."""

        constraints = [
            models.CheckConstraint(condition=Q(size__gte=2), name="job_group_has_several"),
            models.CheckConstraint(condition=Q(kind__in=["ARRAY", "GANG"]), name="job_group_kind"),
        ]

    def __str__(self) -> str:
        return f"G{self.pk}"


class Job(models.Model):
    """Work of a buyer: waits in its queue, then runs on one of its allocations.

    `bound` jobs were submitted to one delivery and run nowhere else.
    """

    buyer = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, null=True, related_name="jobs"
    )
    bound = models.BooleanField(default=False)
    group = models.ForeignKey(JobGroup, on_delete=models.PROTECT, null=True, related_name="jobs")
    group_index = models.PositiveIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=7, choices=JobKind, default=JobKind.BATCH)
    name = models.CharField(max_length=80)
    client_job_id = models.CharField(max_length=64)
    devices = models.PositiveIntegerField(default=1)
    time_limit_s = models.PositiveIntegerField(default=60, help_text="0: a service, to the end")
    team = models.CharField(max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField(default=5)
    min_memory_gb = models.PositiveIntegerField(default=0)
    place = models.CharField(max_length=60, blank=True, help_text="code of a site or zone")
    dataset = models.CharField(max_length=40, blank=True, help_text="name of the one it reads")
    deadline = models.DateTimeField(null=True, blank=True, help_text="market time")
    saves_in_s = models.PositiveIntegerField(default=0, help_text="wall seconds; 0: stays")
    max_retries = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    lost = models.PositiveSmallIntegerField(default=0, help_text="tries lost with their devices")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    wait_reason = models.CharField(max_length=20, blank=True)
    wait_rank = models.PositiveIntegerField(null=True, blank=True)
    expected_at = models.DateTimeField(null=True, blank=True, help_text="market time")
    preempted_at = models.DateTimeField(null=True, blank=True, help_text="market time")
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
        """A sender's own id is used once a buyer; what runs, runs somewhere."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "client_job_id", "group_index"],
                name="one_job_a_client_id",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(state__in=JobState.values), name="job_state_is_known"
            ),
            models.CheckConstraint(condition=Q(kind__in=JobKind.values), name="job_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="SERVICE", time_limit_s=0)
                | (~Q(kind="SERVICE") & Q(time_limit_s__gte=1)),
                name="only_services_have_no_limit",
            ),
            models.CheckConstraint(
                condition=~Q(state="RUNNING") | Q(allocation__isnull=False, variant__isnull=False),
                name="running_job_has_a_place",
            ),
            models.CheckConstraint(
                condition=Q(bound=False) | Q(allocation__isnull=False), name="bound_job_has_a_place"
            ),
        ]
        indexes = [
            models.Index(
                fields=["allocation"], condition=Q(state__in=UNFINISHED), name="unfinished_jobs"
            ),
            models.Index(
                fields=["buyer", "id"], condition=Q(state__in=UNFINISHED), name="jobs_in_line"
            ),
            models.Index(fields=["buyer", "-id"], name="jobs_of_a_buyer"),
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


class JobOutput(models.Model):
    """A file that a job left; a later try of the job replaces it."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="outputs")
    name = models.CharField(max_length=200)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    kept_at = models.DateTimeField(help_text="market time")

    class Meta:
        """One file a name."""

        ordering = ["job", "name"]
        constraints = [
            models.UniqueConstraint(fields=["job", "name"], name="one_output_a_name"),
            models.CheckConstraint(
                condition=Q(size_bytes__lte=8 * 1024 * 1024), name="job_output_is_small"
            ),
        ]

    def __str__(self) -> str:
        return self.name
