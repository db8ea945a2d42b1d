"""What the API says of deliveries, jobs and readings; amounts in device-seconds."""

from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from delivery.domain.validation import MAX_BATCH
from delivery.domain.vee import Flag, Quality
from delivery.models import Allocation, Reading, SealedUsage


class AllocationOut(serializers.ModelSerializer[Allocation]):
    """One delivery: what a site holds for an agreement."""

    agreement = serializers.CharField(source="agreement.number")
    pool = serializers.CharField(source="pool.code")
    site = serializers.CharField(source="pool.site.code")
    stack = serializers.CharField(source="pool.chip.stack")

    class Meta:
        """`chain_head` and `chain_length` tell a site where to go on."""

        model = Allocation
        fields = (
            "id",
            "external_name",
            "generation",
            "agreement",
            "pool",
            "site",
            "stack",
            "devices",
            "starts_at",
            "ends_at",
            "state",
            "state_since",
            "state_reason",
            "recall_asked_at",
            "recalled_from",
            "gflops_per_device",
            "metered_until",
            "sealed_until",
            "chain_head",
            "chain_length",
        )


class DayIn(StrictSerializer):
    """One delivery day."""

    day = serializers.DateField(required=False)


class QualityOut(serializers.Serializer[Any]):
    """What one quarter-hour's figure rests on, and its flags in the order of their names."""

    interval_start = serializers.DateTimeField()
    quality = serializers.ChoiceField(choices=[code.value for code in Quality])
    flags = serializers.ListField(
        child=serializers.ChoiceField(choices=[flag.value for flag in Flag])
    )


class ReadingOut(serializers.ModelSerializer[Reading]):
    """One stored reading with its place in the chain."""

    class Meta:
        """All that is needed to compute the hash again."""

        model = Reading
        fields = (
            "sequence",
            "interval_start",
            "version",
            "delivered_device_seconds",
            "unhealthy_device_seconds",
            "quality",
            "previous_hash",
            "hash",
        )


class SealOut(serializers.ModelSerializer[SealedUsage]):
    """One sealed hour."""

    class Meta:
        """What settlement counts."""

        model = SealedUsage
        fields = (
            "hour_start",
            "run",
            "contracted_device_seconds",
            "delivered_device_seconds",
            "quarter_device_seconds",
            "estimated",
            "last_reading_hash",
            "sealed_at",
        )


class ReadingIn(StrictSerializer):
    """One reading as a site sends it."""

    interval_start = serializers.DateTimeField()
    delivered_device_seconds = serializers.IntegerField(max_value=2**53)
    unhealthy_device_seconds = serializers.IntegerField(default=0, max_value=2**53)
    version = serializers.IntegerField(default=1, max_value=10_000)
    quality = serializers.CharField(default="MEASURED", max_length=10)


# Batches of one request: a day of quarters of each is 4,800 readings.
MOST_TOGETHER = 50


class BatchIn(StrictSerializer):
    """A batch: readings in the chain's order, the head after them, the site's signature."""

    allocation = serializers.CharField(max_length=80)
    readings = serializers.ListField(child=ReadingIn(), min_length=1, max_length=MAX_BATCH)
    head = serializers.RegexField(r"^[0-9a-f]{64}\Z")
    signature = serializers.RegexField(r"^[0-9a-f]{128}\Z")


class BatchOut(serializers.Serializer[Any]):
    """What became of a batch."""

    head = serializers.CharField()
    stored = serializers.IntegerField()
    known = serializers.IntegerField()


class BatchesIn(StrictSerializer):
    """Several batches at once, each with its own chain and signature."""

    batches = serializers.ListField(child=BatchIn(), min_length=1, max_length=MOST_TOGETHER)


class BatchAnswer(serializers.Serializer[Any]):
    """What became of one of several batches: its figures, or the refusal's code and sentence."""

    allocation = serializers.CharField()
    head = serializers.CharField(required=False)
    stored = serializers.IntegerField(required=False)
    known = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)


class BatchesOut(serializers.Serializer[Any]):
    """One answer a batch, in the order sent."""

    batches = BatchAnswer(many=True)


class SiteKeyIn(StrictSerializer):
    """A site's public key."""

    site = serializers.CharField(max_length=60)
    public_key = serializers.CharField(max_length=64)


class SiteKeyOut(serializers.Serializer[Any]):
    """A registered key."""

    id = serializers.IntegerField()
    site = serializers.CharField(source="site.code")
    public_key = serializers.CharField()
    valid_from = serializers.DateTimeField()
