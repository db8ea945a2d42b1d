"""Data for jobs: announced, sent in pieces, followed to its site; its buyer's alone."""

import base64
import binascii
import re
from typing import IO, Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from delivery.actions import put_piece, register_dataset, stage_again, withdraw_dataset
from delivery.actions.data.uploading import PieceSent
from delivery.domain.data import MAX_FILES, PIECE_BYTES, FileAsked, percent_of
from delivery.domain.data_refusals import DataShapeRefused
from delivery.models import DataFile, Dataset
from delivery.queries.data import dataset_for, datasets_of, missing_of
from timetable.queries import market_now

READS, WRITES = "agreements", "orders"
DATASET_FIELDS: tuple[str, ...] = (
    "id", "allocation", "name", "state", "state_since", "reason", "size_bytes", "uploaded_bytes",
    "staged_bytes", "percent_staged", "piece_bytes", "registered_at",
)  # fmt: skip
DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/=]{44}):")


class FileIn(StrictSerializer):
    """A file to come: its path below the dataset's folder."""

    name = serializers.CharField(max_length=200)
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(max_length=64, help_text="64 hex digits")


class DatasetIn(StrictSerializer):
    """Files that jobs are to read under `$GRIDHOUR_DATA/<name>/`."""

    name = serializers.CharField(max_length=40)
    files = serializers.ListField(child=FileIn(), min_length=1, max_length=MAX_FILES)


class DataFileOut(serializers.ModelSerializer[DataFile]):
    """One file: how much of it is here and at the site, and where pieces are missing."""

    missing = serializers.SerializerMethodField(help_text="offsets of pieces that are to come")

    class Meta:
        """Without its content."""

        model = DataFile
        fields = (
            "id", "name", "size_bytes", "sha256", "uploaded_bytes", "staged_bytes", "is_whole",
            "missing",
        )  # fmt: skip

    def get_missing(self, row: DataFile) -> list[int]:
        """Return at most 256 offsets."""
        return missing_of(row)


class DatasetOut(serializers.ModelSerializer[Dataset]):
    """One dataset and how far it is. `reason` says why it failed or was cleared."""

    allocation = serializers.CharField(source="allocation.external_name")
    size_bytes = serializers.IntegerField()
    uploaded_bytes = serializers.IntegerField()
    staged_bytes = serializers.IntegerField()
    percent_staged = serializers.SerializerMethodField()
    piece_bytes = serializers.SerializerMethodField()

    class Meta:
        """States are those of docs/lifecycles.md."""

        model = Dataset
        fields = DATASET_FIELDS

    def get_percent_staged(self, row: Any) -> int:
        """Return whole per cent, rounded down."""
        return percent_of(row.staged_bytes, row.size_bytes)

    def get_piece_bytes(self, _row: Dataset) -> int:
        """Return how long all pieces but a file's last are."""
        return PIECE_BYTES


class DatasetWithFilesOut(DatasetOut):
    """One dataset with its files, at most 64."""

    files = DataFileOut(many=True)

    class Meta(DatasetOut.Meta):
        """What a list shows, and the files."""

        fields = (*DATASET_FIELDS, "files")


class PieceParser(BaseParser):
    """Takes a piece as it is; one byte more than a piece is enough to refuse it."""

    media_type = "application/octet-stream"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None
    ) -> Any:
        """Return the body, cut a byte above a piece."""
        return stream.read(PIECE_BYTES + 1)


def _member(request: Request) -> int:
    return acting_of(request).member_id or 0


def _shown(member_id: int, pk: int) -> dict[str, Any]:
    row = dataset_for(member_id, pk)
    if row is None:
        raise Http404
    return dict(DatasetWithFilesOut(row).data)


class Datasets(ListAPIView[Dataset]):
    """Lists a delivery's datasets, and takes new ones."""

    serializer_class = DatasetOut
    queryset = Dataset.objects.none()

    @property
    def required_scope(self) -> str:
        """Return what a credential needs: reading and registering are two things."""
        return WRITES if self.request.method == "POST" else READS

    def get_queryset(self) -> QuerySet[Dataset]:
        """Return the buyer's rows only."""
        return datasets_of(_member(self.request)).filter(allocation_id=self.kwargs["pk"])

    @extend_schema(summary="Data of a delivery, newest first", tags=["data"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return a page of datasets."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Announce files for the jobs of a delivery",
        tags=["data"],
        request=DatasetIn,
        responses={201: DatasetWithFilesOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Register the files; the same name and files again answer with the first dataset."""
        shape = DatasetIn(data=request.data)
        shape.is_valid(raise_exception=True)
        given = shape.validated_data
        dataset = register_dataset(
            member_id=_member(request),
            person_id=acting_of(request).person_id,
            allocation_id=pk,
            name=given["name"],
            files=[FileAsked(**file) for file in given["files"]],
            now=market_now(),
        )
        return Response(_shown(_member(request), dataset.pk), status=201)


class OneDataset(APIView):
    """Answers with one dataset, or withdraws it."""

    @property
    def required_scope(self) -> str:
        """Return what a credential needs: reading and withdrawing are two things."""
        return READS if self.request.method == "GET" else WRITES

    @extend_schema(summary="One dataset", tags=["data"], responses=DatasetWithFilesOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return the dataset with its files, or 404 to others than its buyer."""
        return Response(_shown(_member(request), pk))

    @extend_schema(summary="Withdraw a dataset", tags=["data"], responses=DatasetWithFilesOut)
    def delete(self, request: Request, pk: int) -> Response:
        """Drop what is kept; what stands at the site ends with the hand-over."""
        withdraw_dataset(
            member_id=_member(request),
            person_id=acting_of(request).person_id,
            dataset_id=pk,
            now=market_now(),
        )
        return Response(_shown(_member(request), pk))


class StageAgain(APIView):
    """Has a dataset brought anew."""

    required_scope = WRITES

    @extend_schema(
        summary="Stage a dataset again that failed",
        tags=["data"],
        request=None,
        responses=DatasetWithFilesOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Begin anew; refused while it has not failed."""
        stage_again(member_id=_member(request), dataset_id=pk, now=market_now())
        return Response(_shown(_member(request), pk))


class Pieces(APIView):
    """Takes the pieces of a file."""

    required_scope = WRITES
    parser_classes = (PieceParser,)

    @extend_schema(
        summary="Send a piece of a file",
        tags=["data"],
        parameters=[
            OpenApiParameter("offset", OpenApiTypes.INT64, required=True),
            OpenApiParameter(
                "Content-Digest",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                description="sha-256=:<base64>: of the piece (RFC 9530)",
            ),
        ],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=DataFileOut,
    )
    def put(self, request: Request, pk: int, file_id: int) -> Response:
        """Keep the piece that begins at the offset; sending it again changes nothing.

        Pieces come in any order: 524,288 bytes each, but for a file's last.
        """
        offset = request.query_params.get("offset", "")
        if not re.fullmatch(r"[0-9]{1,12}", offset):
            raise DataShapeRefused(field="offset", detail="offset is a whole number of bytes")
        # Nothing at all came where it is no bytes.
        given: object = request.data
        content = given if isinstance(given, bytes) else b""
        sent = PieceSent(int(offset), content, _digest(request.headers.get("Content-Digest", "")))
        file = put_piece(
            member_id=_member(request),
            dataset_id=pk,
            file_id=file_id,
            sent=sent,
            now=market_now(),
        )
        return Response(DataFileOut(file).data)


def _digest(header: str) -> bytes | None:
    """Return the SHA-256 that the header names; None without one, refused where it has none."""
    if not header:
        return None
    found = DIGEST.search(header)
    try:
        return base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        return b""
