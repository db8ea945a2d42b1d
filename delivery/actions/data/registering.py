"""Register datasets of a delivery, withdraw them, and have what failed brought once more."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from accounts.actions import record_deed
from delivery.actions.data.clearing import clear_dataset, stage_anew
from delivery.actions.jobs import delivery_of, lock_queue
from delivery.adapters.connectors import takes_data
from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.domain.data import (
    MAX_BYTES_A_BUYER,
    MAX_BYTES_A_DELIVERY,
    MAX_DATASETS_A_DELIVERY,
    FileAsked,
    check_dataset,
    same_files,
)
from delivery.domain.data_lifecycle import DATASET_LIFECYCLE
from delivery.domain.data_refusals import (
    CannotStage,
    DatasetNameUsed,
    DeliveryTakesNoData,
    TooMuchData,
)
from delivery.models import Allocation, DataFile, Dataset
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotFound


@transaction.atomic
def register_dataset(
    *,
    member_id: int,
    allocation_id: int,
    name: str,
    files: Sequence[FileAsked],
    person_id: int | None = None,
    now: datetime,
) -> Dataset:
    """Announce files for the jobs of a delivery; the same name and files again return the first.

    Refuses other files under a used name, what no site could take, deliveries that have ended or
    whose connector cannot stage, and more than there is room for. NotFound for deliveries of
    others.
    """
    check_dataset(name, files)
    lock_queue(member_id)
    row = delivery_of(member_id, allocation_id)
    found = Dataset.objects.filter(allocation=row, name=name).first()
    if found is not None:
        rows = found.files.values_list("name", "size_bytes", "sha256")
        if found.state == "CLEARED" or not same_files({n: (s, h) for n, s, h in rows}, files):
            raise DatasetNameUsed(name=name)
        return found
    if row.state in ALLOCATION_LIFECYCLE.ends:
        raise DeliveryTakesNoData(state=row.state)
    if not takes_data(row.connector):
        raise CannotStage(connector=row.connector)
    _check_room(member_id, row, sum(file.size_bytes for file in files))
    return _created(row, name, files, member_id, person_id, now)


def _check_room(member_id: int, row: Allocation, size_bytes: int) -> None:
    """Count what was ever registered for the delivery, and what is kept of the buyer's."""
    here = Dataset.objects.filter(allocation=row)
    if here.count() >= MAX_DATASETS_A_DELIVERY:
        raise TooMuchData(what="datasets of a delivery", limit=MAX_DATASETS_A_DELIVERY)
    kept = Dataset.objects.filter(allocation__agreement__buyer_id=member_id)
    for rows, what, limit in (
        (here, "bytes of a delivery", MAX_BYTES_A_DELIVERY),
        (kept.exclude(state="CLEARED"), "bytes of a buyer", MAX_BYTES_A_BUYER),
    ):
        if (rows.aggregate(sum=Sum("files__size_bytes"))["sum"] or 0) + size_bytes > limit:
            raise TooMuchData(what=what, limit=limit)


def _created(
    row: Allocation,
    name: str,
    files: Sequence[FileAsked],
    member_id: int,
    person_id: int | None,
    now: datetime,
) -> Dataset:
    dataset = Dataset.objects.create(allocation=row, name=name, state_since=now, registered_at=now)
    DataFile.objects.bulk_create(
        DataFile(dataset=dataset, name=file.name, size_bytes=file.size_bytes, sha256=file.sha256)
        for file in files
    )
    record_deed(
        verb="DATA_REGISTERED",
        subject=f"dataset:{dataset.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts={
            "allocation": row.external_name,
            "name": name,
            "files": len(files),
            "bytes": sum(file.size_bytes for file in files),
        },
    )
    return dataset


@transaction.atomic
def withdraw_dataset(
    *, member_id: int, dataset_id: int, person_id: int | None = None, now: datetime
) -> Dataset:
    """Drop what is kept of a dataset; what stands at the site ends with the hand-over.

    Refuses one that is cleared already with MoveRefused; NotFound for those of others.
    """
    dataset = own_dataset(member_id, dataset_id)
    DATASET_LIFECYCLE.check(dataset.state, "CLEARED")
    clear_dataset(dataset, "withdrawn", now)
    record_deed(
        verb="DATA_WITHDRAWN",
        subject=f"dataset:{dataset.pk}",
        now=now,
        member_id=member_id,
        person_id=person_id,
    )
    return dataset


@transaction.atomic
def stage_again(*, member_id: int, dataset_id: int, now: datetime) -> Dataset:
    """Let a dataset that could not be brought be tried anew, from its beginning.

    Refuses one that has not failed with MoveRefused; NotFound for those of others.
    """
    dataset = own_dataset(member_id, dataset_id)
    if dataset.state != "FAILED":
        # The table knows other ways to UPLOADED; this one is for what has failed.
        raise MoveRefused(before=dataset.state, after="UPLOADED")
    stage_anew(dataset, now)
    return dataset


def own_dataset(member_id: int, dataset_id: int) -> Dataset:
    """Return the buyer's own dataset, locked; NotFound for others'."""
    rows = Dataset.objects.select_for_update(of=("self",)).select_related("allocation")
    row = rows.filter(pk=dataset_id, allocation__agreement__buyer_id=member_id).first()
    if row is None:
        raise NotFound
    return row
