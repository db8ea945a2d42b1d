"""The job door: the same for every chip."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from delivery.actions import cancel_job, submit_job
from delivery.api.allocations import own_allocation
from delivery.api.serializers import JobIn, JobOut, LogPieceOut
from delivery.models import Job
from delivery.queries import job_for, jobs_of, log_after
from timetable.queries import market_now

READS, WRITES = "agreements", "orders"


def own_job(request: Request, pk: int) -> Job:
    """Return the job if the caller is its buyer, else 404."""
    job = job_for(acting_of(request).member_id or 0, pk)
    if job is None:
        raise Http404
    return job


@extend_schema(summary="Jobs of the caller, newest first", tags=["jobs"])
class Jobs(ListAPIView[Job]):
    """Lists the caller's jobs on all its deliveries."""

    required_scope = READS
    serializer_class = JobOut

    def get_queryset(self) -> QuerySet[Job]:
        """Return the caller's rows only."""
        return jobs_of(acting_of(self.request).member_id or 0)


class SubmitJob(APIView):
    """Takes a job for one delivery."""

    required_scope = WRITES

    @extend_schema(summary="Submit a job", tags=["jobs"], request=JobIn, responses={201: JobOut})
    def post(self, request: Request, pk: int) -> Response:
        """Queue the job; the same id and content again answers with the first job."""
        shape = JobIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        allocation = own_allocation(request, pk)
        job = submit_job(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            allocation_id=allocation.pk,
            now=market_now(),
            **shape.validated_data,
        )
        return Response(JobOut(job).data, status=201)


class OneJob(APIView):
    """Answers with one job."""

    required_scope = READS

    @extend_schema(summary="One job", tags=["jobs"], responses=JobOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return the job, or 404 to others than its buyer."""
        return Response(JobOut(own_job(request, pk)).data)


class CancelJob(APIView):
    """Stops a job."""

    required_scope = WRITES

    @extend_schema(summary="Cancel a job", tags=["jobs"], request=None, responses=JobOut)
    def post(self, request: Request, pk: int) -> Response:
        """Cancel a queued job at once, a running one at the site's next look."""
        acting = acting_of(request)
        job = cancel_job(
            member_id=acting.member_id or 0, person_id=acting.person_id, job_id=pk, now=market_now()
        )
        return Response(JobOut(job).data)


class JobOutput(APIView):
    """Answers with a job's output, piece by piece."""

    required_scope = READS

    @extend_schema(
        summary="Output of a job after a piece's number",
        tags=["jobs"],
        parameters=[OpenApiParameter("after", int)],
        responses=LogPieceOut(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        """Return at most 100 pieces; ask again with the last number."""
        after = request.query_params.get("after", "0")
        number = int(after) if after.isdecimal() and len(after) < 10 else 0
        return Response(LogPieceOut(log_after(own_job(request, pk).pk, number), many=True).data)
