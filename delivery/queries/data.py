"""Data of deliveries: its buyer's own, what is to be staged, and where jobs find it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat

from delivery.domain.data import missing_offsets, percent_of
from delivery.domain.data_lifecycle import STAGES_TO
from delivery.models import AcceptanceTest, Attempt, DataFile, Dataset
from delivery.queries.sessions import sessions
from delivery.queries.work import is_held


def _sum(name: str) -> Coalesce:
    return Coalesce(Sum(f"files__{name}"), 0, output_field=BigIntegerField())


def datasets_of(member_id: int) -> QuerySet[Dataset]:
    """Return the buyer's datasets with bytes in all, here and at the site; newest first."""
    return measured(Dataset.objects.filter(allocation__agreement__buyer_id=member_id))


def measured(rows: QuerySet[Dataset]) -> QuerySet[Dataset]:
    """Return the rows with their bytes in all, those uploaded and those staged."""
    return rows.annotate(
        size_bytes=_sum("size_bytes"),
        uploaded_bytes=_sum("uploaded_bytes"),
        staged_bytes=_sum("staged_bytes"),
        file_count=Count("files"),
    ).select_related("allocation__agreement")


def dataset_for(member_id: int, dataset_id: int) -> Dataset | None:
    """Return one of the buyer's datasets; none for strangers."""
    return datasets_of(member_id).filter(pk=dataset_id).first()


def missing_of(file: DataFile) -> list[int]:
    """Return the offsets of the pieces that are still to come."""
    if file.is_whole:
        return []
    return missing_offsets(file.size_bytes, set(file.pieces.values_list("number", flat=True)))


def datasets_to_stage(wall: datetime, limit: int) -> list[int]:
    """Return datasets that are whole, whose hand-over stands tested, and that nobody brings now.

    Who had the fewest turns is next. Those that rest after a failure are left alone.
    """
    tested = AcceptanceTest.objects.filter(
        allocation_id=OuterRef("allocation_id"),
        generation=OuterRef("allocation__generation"),
        passed=True,
    )
    attempts = Attempt.objects.filter(key=OuterRef("key"))
    busy = attempts.filter(is_held(sessions().living, wall) | Q(next_attempt_at__gt=wall))
    rows = Dataset.objects.filter(
        Exists(tested), state__in=["UPLOADED", "STAGING"], allocation__state__in=STAGES_TO
    ).annotate(
        key=Concat(
            Value("stage:"), Cast("id", CharField()), Value("."), Cast("round", CharField())
        ),
        turns=Coalesce(Subquery(attempts.values("fence")[:1]), 0),
    )
    free = rows.exclude(Exists(busy)).order_by("turns", "id")
    return list(free.values_list("id", flat=True)[:limit])


@dataclass
class DataThere:
    """The names of a delivery's datasets that jobs find there now, and of those to come."""

    staged: set[str] = field(default_factory=set)
    coming: set[str] = field(default_factory=set)


def data_at(allocation_ids: Iterable[int]) -> Mapping[int, DataThere]:
    """Return by delivery which datasets stand there, and which are on their way."""
    found: dict[int, DataThere] = {}
    rows = Dataset.objects.filter(allocation_id__in=list(allocation_ids)).exclude(state="CLEARED")
    for allocation_id, name, state, stands in rows.annotate(
        stands=Q(generation=F("allocation__generation"))
    ).values_list("allocation_id", "name", "state", "stands"):
        there = found.setdefault(allocation_id, DataThere())
        (there.staged if state == "STAGED" and stands else there.coming).add(name)
    return found


def percents_staged(member_id: int, names: Iterable[str]) -> dict[str, int]:
    """Return how far the buyer's datasets of these names are, each where it is farthest."""
    found: dict[str, int] = {}
    rows: Iterable[Any] = datasets_of(member_id).exclude(state="CLEARED").filter(name__in=names)
    for row in rows:
        share = percent_of(row.staged_bytes, row.size_bytes)
        found[row.name] = max(share, found.get(row.name, 0))
    return found
