"""Doors of an agent's session for the ways to demand cities: what to measure, and what was."""

from datetime import UTC
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from delivery.actions import check_fence, take_measurement
from delivery.api.agent_access import agent_of
from delivery.api.agent_doors import TAGS, AgentDoor
from delivery.api.agent_shapes import HEX_SIGNATURE, MOST, Fenced
from delivery.domain.path import (
    MOST_MBPS,
    MOST_RTT_US,
    MOST_SAMPLES,
    PROBE_BYTES,
    PROBE_EVERY_S,
    PROBE_SAMPLES,
    PROBE_SECONDS,
    PathMeasured,
)
from delivery.queries.paths import probes_to_measure
from timetable.queries import market_now, wall_now


class TargetOut(serializers.Serializer[Any]):
    """A demand city's responder."""

    city = serializers.CharField(source="city.code")
    host = serializers.CharField()
    port = serializers.IntegerField()


class ProbeBoundsOut(serializers.Serializer[Any]):
    """How many round trips, and how many bytes and seconds each way."""

    samples = serializers.IntegerField()
    most_bytes = serializers.IntegerField()
    most_seconds = serializers.IntegerField()


class ProbesOut(serializers.Serializer[Any]):
    """What to measure, within which bounds, and how often."""

    targets = TargetOut(many=True)
    bounds = ProbeBoundsOut()
    every_s = serializers.IntegerField(help_text="seconds between two measurements of a way")


class MeasurementIn(Fenced):
    """One measurement, and the site's key's signature of it; `measured_at` is signed as sent."""

    city = serializers.CharField(max_length=40)
    measured_at = serializers.CharField(max_length=40)
    samples = serializers.IntegerField(min_value=0, max_value=MOST_SAMPLES)
    lost = serializers.IntegerField(min_value=0, max_value=MOST_SAMPLES)
    rtt_median_us = serializers.IntegerField(min_value=0, max_value=MOST_RTT_US)
    rtt_p95_us = serializers.IntegerField(min_value=0, max_value=MOST_RTT_US)
    mbps_down = serializers.IntegerField(min_value=0, max_value=MOST_MBPS)
    mbps_up = serializers.IntegerField(min_value=0, max_value=MOST_MBPS)
    moved_bytes = serializers.IntegerField(min_value=0, max_value=MOST)
    signature = serializers.RegexField(HEX_SIGNATURE)


class MeasurementOut(serializers.Serializer[Any]):
    """Whether the measurement was new."""

    stored = serializers.BooleanField()


class Probes(AgentDoor):
    """Tells what to measure."""

    @extend_schema(
        summary="Hear to which demand cities the way is to be measured",
        tags=TAGS,
        request=Fenced,
        responses={200: ProbesOut},
    )
    def post(self, request: Request) -> Response:
        """Answer every city's responder; none is an empty list."""
        told = self.told(Fenced)
        check_fence(agent_id=agent_of(request).pk, fence=told["fence"])
        bounds = {
            "samples": PROBE_SAMPLES,
            "most_bytes": PROBE_BYTES,
            "most_seconds": PROBE_SECONDS,
        }
        answer = {"targets": probes_to_measure(), "bounds": bounds, "every_s": PROBE_EVERY_S}
        return Response(ProbesOut(answer).data)


class Measurements(AgentDoor):
    """Takes measurements."""

    @extend_schema(
        summary="Send a signed measurement of the way to a demand city",
        tags=TAGS,
        request=MeasurementIn,
        responses={200: MeasurementOut, 201: MeasurementOut},
    )
    def post(self, request: Request) -> Response:
        """Store it; sending it again changes nothing and answers 200."""
        told = self.told(MeasurementIn)
        said_at = told.pop("measured_at")
        instant = serializers.DateTimeField(default_timezone=UTC).run_validation(said_at)
        city, fence, signature = (told.pop(name) for name in ("city", "fence", "signature"))
        stored = take_measurement(
            agent_id=agent_of(request).pk,
            fence=fence,
            city=city,
            found=PathMeasured(measured_at=instant, **told),
            said_at=said_at,
            signature=signature,
            now=market_now(),
            wall=wall_now(),
        )
        return Response(MeasurementOut({"stored": stored}).data, status=201 if stored else 200)
