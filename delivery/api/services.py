"""Served endpoints: where one is reached, and the record of its health."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.actions import open_endpoint
from delivery.adapters.tickets import OPENS_FOR
from delivery.api.job_shapes import EndpointOut, HealthCheckOut
from delivery.api.jobs import READS, own_job
from delivery.models import HealthCheck
from delivery.queries import checks_of
from timetable.queries import market_now, wall_now


class JobEndpoint(APIView):
    """Gives out the address of a service."""

    required_scope = READS

    @extend_schema(
        summary="Address of a served endpoint",
        tags=["jobs"],
        request=None,
        responses=EndpointOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Return an address that opens for an hour, for whoever has it; noted in the audit."""
        acting = acting_of(request)
        until: datetime = wall_now() + OPENS_FOR
        opened = open_endpoint(
            member_id=acting.member_id or 0, person_id=acting.person_id, job_id=pk, now=market_now()
        )
        answer = {"url": opened.url, "token_url": opened.token_url, "opens_until": until}
        return Response(EndpointOut(answer).data)


class JobHealth(ListAPIView[HealthCheck]):
    """Lists the looks at a service."""

    required_scope = READS
    serializer_class = HealthCheckOut

    def get_queryset(self) -> QuerySet[HealthCheck]:
        """Return the looks at the caller's own service."""
        job = own_job(self.request, self.kwargs["pk"])
        return checks_of(job.buyer_id, job.pk)

    @extend_schema(summary="Looks at a service's health, newest first", tags=["jobs"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of looks; the newest thousand are kept."""
        return super().get(request, *args, **kwargs)
