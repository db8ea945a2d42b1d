"""Services: how a job is reached over HTTP, how it is now, and what the looks at it found."""

from django.db import models
from django.db.models import Q

from delivery.domain.serving import HealthState, Verdict


class Service(models.Model):
    """The served endpoint of a job; `health` is that of the try `attempt`. Times are wall time."""

    job = models.OneToOneField("delivery.Job", on_delete=models.CASCADE, related_name="service")
    port = models.PositiveIntegerField(help_text="at the job's own loopback")
    health_path = models.CharField(max_length=200)
    interval_s = models.PositiveSmallIntegerField()
    timeout_s = models.PositiveSmallIntegerField()
    unhealthy_after = models.PositiveSmallIntegerField()
    starts_in_s = models.PositiveSmallIntegerField()
    attempt = models.PositiveSmallIntegerField(default=0)
    health = models.CharField(
        max_length=8,
        choices=[(state.value, state.value) for state in HealthState],
        default=HealthState.STARTING.value,
    )
    health_since = models.DateTimeField(null=True, blank=True, help_text="wall time")
    failed_in_a_row = models.PositiveIntegerField(default=0)
    given_up = models.CharField(max_length=80, blank=True, help_text="why this try was given up")
    next_look_at = models.DateTimeField(null=True, blank=True, help_text="wall time; none: now")

    class Meta:
        """Ports are those that any account may take; health is one of its states."""

        constraints = [
            models.CheckConstraint(
                condition=Q(port__gte=1_024, port__lte=65_535), name="service_port_is_free_to_take"
            ),
            models.CheckConstraint(
                condition=Q(health__in=[state.value for state in HealthState]),
                name="service_health_is_known",
            ),
            models.CheckConstraint(
                condition=(Q(health="DOWN") & ~Q(given_up=""))
                | (~Q(health="DOWN") & Q(given_up="")),
                name="service_down_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"J{self.job_id}:{self.port}"


class HealthCheck(models.Model):
    """One look at a service. `UNKNOWN`: the site could not be asked, which proves nothing."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="checks")
    attempt = models.PositiveSmallIntegerField()
    verdict = models.CharField(
        max_length=7, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    latency_us = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=160, blank=True)
    at = models.DateTimeField(help_text="market time")
    at_wall = models.DateTimeField()

    class Meta:
        """A look that passed had an answer."""

        ordering = ["-id"]
        indexes = [models.Index(fields=["service", "-id"], name="checks_of_a_service")]
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=[verdict.value for verdict in Verdict]),
                name="health_verdict_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(verdict="PASSED") | Q(http_status__gte=200, http_status__lt=400),
                name="passed_check_has_an_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.verdict}"
