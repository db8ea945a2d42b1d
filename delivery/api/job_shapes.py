"""What the API takes and says of jobs. Durations in wall seconds, instants in market time."""

from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from delivery.domain.jobs import (
    MAX_GROUP,
    MAX_PRIORITY,
    MAX_RETRIES,
    MAX_SAVES_IN_S,
    MAX_TIME_LIMIT_S,
    USUAL_PRIORITY,
    USUAL_TIME_LIMIT_S,
)
from delivery.domain.serving import (
    LEAST_INTERVAL_S,
    LEAST_PORT,
    MAX_INTERVAL_S,
    MAX_PATH_CHARACTERS,
    MAX_STARTS_IN_S,
    MAX_TIMEOUT_S,
    MAX_UNHEALTHY_AFTER,
    MOST_PORT,
    ServiceAsked,
)
from delivery.models import HealthCheck, Job, JobOutput, Service


def _up_to(most: int, usual: int = 0) -> serializers.IntegerField:
    return serializers.IntegerField(default=usual, min_value=0, max_value=most)


def _within(least: int, most: int, usual: int) -> serializers.IntegerField:
    return serializers.IntegerField(default=usual, min_value=least, max_value=most)


class ServiceIn(StrictSerializer):
    """How a job is reached over HTTP at its own loopback, and how its health is looked at."""

    port = serializers.IntegerField(min_value=LEAST_PORT, max_value=MOST_PORT)
    health_path = serializers.CharField(default="/", max_length=MAX_PATH_CHARACTERS)
    interval_s = _within(LEAST_INTERVAL_S, MAX_INTERVAL_S, ServiceAsked.interval_s)
    timeout_s = _within(1, MAX_TIMEOUT_S, ServiceAsked.timeout_s)
    unhealthy_after = _within(1, MAX_UNHEALTHY_AFTER, ServiceAsked.unhealthy_after)
    starts_in_s = _within(1, MAX_STARTS_IN_S, ServiceAsked.starts_in_s)


class JobIn(StrictSerializer):
    """A job for one delivery: one command a software stack; the one that fits runs.

    With `service` it has no time limit: it runs until it is stopped or its window ends.
    """

    client_job_id = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=80)
    variants = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField(trim_whitespace=False))
    )
    devices = serializers.IntegerField(default=1, min_value=1, max_value=1_000_000)
    time_limit_s = serializers.IntegerField(required=False, min_value=1, max_value=MAX_TIME_LIMIT_S)
    service = ServiceIn(required=False, default=None, allow_null=True)
    dataset = serializers.CharField(
        default="", max_length=40, allow_blank=True, help_text="a dataset that it reads"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Fill in the time limit: a minute for work, none for a service."""
        given = attrs.get("service")
        attrs.setdefault("time_limit_s", 0 if given else USUAL_TIME_LIMIT_S)
        attrs["service"] = ServiceAsked(**given) if given else None
        return attrs


class WorkIn(JobIn):
    """A job, an array or a gang for the buyer's queue."""

    team = serializers.CharField(default="", max_length=40, allow_blank=True)
    priority = _up_to(MAX_PRIORITY, USUAL_PRIORITY)
    min_memory_gb = _up_to(10_000)
    place = serializers.CharField(default="", max_length=60, allow_blank=True)
    deadline = serializers.DateTimeField(default=None, allow_null=True)
    saves_in_s = _up_to(MAX_SAVES_IN_S)
    max_retries = _up_to(MAX_RETRIES)
    array = _up_to(MAX_GROUP)
    gang = _up_to(MAX_GROUP)


class ServiceOut(serializers.ModelSerializer[Service]):
    """A served endpoint: how it is looked at and how it is. `health_since` is wall time."""

    class Meta:
        """Names are those of the request, and how it is."""

        model = Service
        fields = (
            "port",
            "health_path",
            "interval_s",
            "timeout_s",
            "unhealthy_after",
            "starts_in_s",
            "health",
            "health_since",
            "failed_in_a_row",
            "given_up",
        )


class HealthCheckOut(serializers.ModelSerializer[HealthCheck]):
    """One look at a service."""

    class Meta:
        """Both times: the market's and the wall's."""

        model = HealthCheck
        fields = (
            "id",
            "attempt",
            "verdict",
            "http_status",
            "latency_us",
            "detail",
            "at",
            "at_wall",
        )


class EndpointOut(serializers.Serializer[Any]):
    """Where a service is reached: `url` until its ticket is over, `token_url` with an API token."""

    url = serializers.CharField()
    token_url = serializers.CharField()
    opens_until = serializers.DateTimeField()


class JobOut(serializers.ModelSerializer[Job]):
    """One job. `cpu_ms` is evidence from the kernel and is never billed.

    `wait_reason` is a code of `docs/jobs.md`; `expected_at` counts every job at its whole time.
    """

    allocation = serializers.CharField(source="allocation.external_name", default=None)
    stack = serializers.CharField(source="variant.stack", default=None)
    service = ServiceOut(default=None, read_only=True)

    class Meta:
        """Names are those of the glossary."""

        model = Job
        fields = (
            "id",
            "client_job_id",
            "group",
            "group_index",
            "kind",
            "service",
            "allocation",
            "bound",
            "name",
            "team",
            "priority",
            "stack",
            "devices",
            "min_memory_gb",
            "place",
            "dataset",
            "deadline",
            "time_limit_s",
            "saves_in_s",
            "max_retries",
            "tries",
            "state",
            "wait_reason",
            "wait_rank",
            "expected_at",
            "exit_code",
            "reason",
            "cpu_ms",
            "submitted_at",
            "started_at",
            "ended_at",
        )


class WorkOut(serializers.Serializer[Any]):
    """The jobs that a request made: one, or those of its group."""

    group = serializers.IntegerField(allow_null=True)
    jobs = JobOut(many=True)


class JobFileOut(serializers.ModelSerializer[JobOutput]):
    """One file that a job left."""

    class Meta:
        """Without its content, which has an address of its own."""

        model = JobOutput
        fields = ("id", "name", "size_bytes", "sha256", "kept_at")


class StreamOut(serializers.Serializer[Any]):
    """Where a job's output is streamed, until when the address opens."""

    url = serializers.CharField()
    opens_until = serializers.DateTimeField()


class LogPieceOut(serializers.Serializer[Any]):
    """A numbered piece of output."""

    sequence = serializers.IntegerField()
    text = serializers.CharField()
