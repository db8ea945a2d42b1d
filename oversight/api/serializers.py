"""What the API says of the registry; shares in basis points, times in device-hours."""

from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from oversight.models import Assessment, Licence, PublicStatistic


class StatisticOut(serializers.ModelSerializer[PublicStatistic]):
    """A published figure with its source and date."""

    class Meta:
        """Names are those of the glossary."""

        model = PublicStatistic
        fields = (
            "code",
            "label",
            "label_zh",
            "value",
            "upper_value",
            "unit",
            "period",
            "source",
            "published_date",
        )


class LicenceOut(serializers.ModelSerializer[Licence]):
    """A licence; `site` is the code of the centre that trades under it."""

    site = serializers.CharField(source="site.code", default=None)

    class Meta:
        """Names are those of the registry's files."""

        model = Licence
        fields = (
            "number",
            "holder_name",
            "holder_uscc",
            "site",
            "province",
            "issued_date",
            "valid_until",
            "status",
            "sample",
        )


class AssessmentOut(serializers.ModelSerializer[Assessment]):
    """A verdict with its evidence rows; of a site or of a project."""

    site = serializers.CharField(source="site.code", default=None)
    project = serializers.CharField(source="project.code", default=None)

    class Meta:
        """Findings name the rule's version, the value, the limit and the source."""

        model = Assessment
        fields = ("id", "site", "project", "as_of", "verdict", "findings", "assessed_at")


class RatiosOut(serializers.Serializer[Any]):
    """Three ratios of many centres together, weighted by what is installed."""

    sites = serializers.IntegerField()
    rack_occupancy_bp = serializers.IntegerField(allow_null=True)
    contracted_bp = serializers.IntegerField(allow_null=True)
    compute_utilisation_bp = serializers.IntegerField(allow_null=True, source="utilisation_bp")
    installed_device_hours = serializers.IntegerField()
    contracted_device_hours = serializers.IntegerField(help_text="sold here")
    measured_device_seconds = serializers.IntegerField(help_text="metered here")


class NationalOut(serializers.Serializer[Any]):
    """The nation and each province, over the closed delivery days up to `as_of`."""

    as_of = serializers.DateField()
    days = serializers.IntegerField()
    nation = RatiosOut()
    provinces = serializers.DictField(child=RatiosOut())


class NationalQuery(StrictSerializer):
    """Which days to count: up to `as_of` (the last closed day by default)."""

    as_of = serializers.DateField(required=False)
    days = serializers.IntegerField(required=False, min_value=1, max_value=92, default=1)


class LicenceQuery(StrictSerializer):
    """What narrows the list of licences."""

    search = serializers.CharField(required=False, max_length=60)
    province = serializers.CharField(required=False, max_length=40)
    status = serializers.ChoiceField(
        required=False, choices=["VALID", "SUSPENDED", "REVOKED", "EXPIRED"]
    )


class AssessmentQuery(StrictSerializer):
    """What narrows the list of verdicts."""

    as_of = serializers.DateField(required=False)
    verdict = serializers.ChoiceField(
        required=False, choices=["PASS", "REVIEW", "FAIL", "BARRED", "UNASSESSED"]
    )
