"""The job door: the same for every chip."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.downloads import as_download
from counter.failpoints import failpoint
from delivery.actions import cancel_group, cancel_job, submit_job, submit_work
from delivery.adapters.tickets import OPENS_FOR, stream_address
from delivery.api.allocations import own_allocation
from delivery.api.job_shapes import (
    JobFileOut,
    JobIn,
    JobOut,
    LogPieceOut,
    StreamOut,
    WorkIn,
    WorkOut,
)
from delivery.domain.jobs import JobRequest
from delivery.models import Job
from delivery.models.job import JobState
from delivery.queries import job_for, jobs_of, line_of, log_after, output_for, outputs_of
from timetable.queries import market_now, wall_now

READS, WRITES = "agreements", "orders"


def own_job(request: Request, pk: int) -> Job:
    """Return the job if the caller is its buyer, else 404."""
    job = job_for(acting_of(request).member_id or 0, pk)
    if job is None:
        raise Http404
    return job


class Jobs(ListAPIView[Job]):
    """Lists the caller's jobs, and takes new ones into its queue."""

    serializer_class = JobOut

    @property
    def required_scope(self) -> str:
        """Return what a credential needs: reading and submitting are two things."""
        return WRITES if self.request.method == "POST" else READS

    def get_queryset(self) -> QuerySet[Job]:
        """Return the caller's rows only; `?state=QUEUED` returns those that wait, in line."""
        member_id = acting_of(self.request).member_id or 0
        state = self.request.query_params.get("state", "")
        if state == "QUEUED":
            return line_of(member_id)
        rows = jobs_of(member_id)
        return rows.filter(state=state) if state in JobState.values else rows

    @extend_schema(
        summary="Jobs of the caller, newest first; those that wait, in line",
        tags=["jobs"],
        parameters=[OpenApiParameter("state", enum=JobState.values)],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of jobs."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Submit a job, an array or a gang to the caller's queue",
        tags=["jobs"],
        request=WorkIn,
        responses={201: WorkOut},
    )
    def post(self, request: Request) -> Response:
        """Queue the work; the same id and content again answers with the first jobs."""
        shape = WorkIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        jobs = submit_work(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            asked=JobRequest(**shape.validated_data),
            now=market_now(),
        )
        return Response(WorkOut({"group": jobs[0].group_id, "jobs": jobs}).data, status=201)


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
        failpoint("door.submitted")
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


class CancelGroup(APIView):
    """Stops an array or a gang."""

    required_scope = WRITES

    @extend_schema(
        summary="Cancel all jobs of an array or gang",
        tags=["jobs"],
        request=None,
        responses=JobOut(many=True),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Cancel what has not ended; answers with the jobs that were cancelled."""
        acting = acting_of(request)
        jobs = cancel_group(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            group_id=pk,
            now=market_now(),
        )
        return Response(JobOut(jobs, many=True).data)


class JobFiles(APIView):
    """Lists the files that a job left."""

    required_scope = READS

    @extend_schema(summary="Files that a job left", tags=["jobs"], responses=JobFileOut(many=True))
    def get(self, request: Request, pk: int) -> Response:
        """Return all files: there are at most 64."""
        return Response(JobFileOut(outputs_of(own_job(request, pk).pk), many=True).data)


class JobFile(APIView):
    """Hands out one file."""

    required_scope = READS

    @extend_schema(
        summary="One file that a job left",
        tags=["jobs"],
        responses={(200, "application/octet-stream"): bytes},
    )
    def get(self, request: Request, pk: int, output_id: int) -> HttpResponse:
        """Return the content, to be saved and never shown."""
        output = output_for(acting_of(request).member_id or 0, pk, output_id)
        if output is None:
            raise Http404
        return as_download(output.name, bytes(output.content))


class JobStream(APIView):
    """Tells where a job's output is streamed."""

    required_scope = READS

    @extend_schema(
        summary="Address of the job's live output (server-sent events)",
        tags=["jobs"],
        request=None,
        responses=StreamOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Return an address that opens for an hour, for whoever has it."""
        address = request.build_absolute_uri(stream_address(own_job(request, pk).pk))
        return Response(StreamOut({"url": address, "opens_until": wall_now() + OPENS_FOR}).data)


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
