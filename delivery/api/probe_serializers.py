"""Shapes of the probe's door and of disputes."""

from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from delivery.domain.validation import MAX_BATCH


class ProbeReadingIn(StrictSerializer):
    """Device-seconds that the probe found at work in one quarter-hour."""

    interval_start = serializers.DateTimeField()
    delivered_device_seconds = serializers.IntegerField(min_value=0)


class ProbeBatchIn(StrictSerializer):
    """Some quarters of one delivery."""

    readings = serializers.ListField(child=ProbeReadingIn(), min_length=1, max_length=MAX_BATCH)


class ProbeBatchOut(serializers.Serializer[Any]):
    """How many quarters were new."""

    stored = serializers.IntegerField()


class DisputeIn(StrictSerializer):
    """The hour that is contested."""

    hour_start = serializers.DateTimeField()


class DecisionIn(StrictSerializer):
    """Whether the probe is believed, and why."""

    upheld = serializers.BooleanField()
    reason = serializers.CharField(max_length=400)


class DisputeOut(serializers.Serializer[Any]):
    """One dispute: both meters by quarter, and what became of it."""

    id = serializers.IntegerField()
    allocation = serializers.IntegerField(source="allocation_id")
    hour_start = serializers.DateTimeField()
    site_quarters = serializers.ListField(
        child=serializers.IntegerField(), source="contested.quarter_device_seconds"
    )
    probe_quarters = serializers.ListField(child=serializers.IntegerField())
    state = serializers.CharField()
    opened_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    resealed_run = serializers.CharField(source="resealed.run", allow_null=True, default=None)
