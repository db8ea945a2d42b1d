"""Bring data to the sites where its jobs will run, a stretch a turn; verified there by hash."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from counter.waking import announce
from delivery.actions.attempts import Claim, claim, dead_among, failed, put_off, still_ours
from delivery.actions.data.clearing import clear_ended, move_dataset, renew_moved
from delivery.actions.data.copying import TURN_S, Source, Turn, copy_turn
from delivery.adapters.connector import ConnectorFailed, Pending, StagesData
from delivery.adapters.connectors import connector_named
from delivery.domain.data import MEBIBYTE
from delivery.domain.data_lifecycle import STAGES_TO
from delivery.domain.handover import AllocationView
from delivery.domain.retry import MAX_TRIES
from delivery.models import Allocation, DataFile, DataPiece, Dataset
from delivery.queries.data import datasets_to_stage
from delivery.queries.handover import view_of, with_place

log = structlog.get_logger(__name__)
# So much of one dataset a turn.
MOST_BYTES = 8 * MEBIBYTE
DATASETS_A_TURN = 50
GIVEN_UP = f"given up after {MAX_TRIES} tries"


@dataclass(frozen=True)
class Begun:
    """What is brought where: all that a turn needs without the database."""

    dataset_id: int
    connector: str
    view: AllocationView
    files: Sequence[Source]


def stage_due(*, now: datetime, wall: datetime) -> int:
    """Clear what has ended, and bring on what is to be staged; return how many were brought on.

    One whose turn breaks is logged and passed by. After some seconds the rest waits.
    """
    clear_ended(now=now)
    renew_moved(now=now)
    began, brought = time.monotonic(), 0
    for dataset_id in datasets_to_stage(wall, DATASETS_A_TURN):
        if time.monotonic() - began > TURN_S:
            break
        try:
            stage_dataset(dataset_id=dataset_id, now=now, wall=wall)
            brought += 1
        except Exception:  # one bad dataset never stops the sweep
            log.exception("item failed", task="stage", item=dataset_id)
    return brought


def stage_dataset(
    *, dataset_id: int, now: datetime, wall: datetime, most_bytes: int = MOST_BYTES
) -> None:
    """Bring one dataset on by a turn. Harmless to repeat, and to die in between.

    A turn that failed is tried again, six times in all; then the dataset is FAILED, with why.
    """
    key = _key_of(Dataset.objects.get(pk=dataset_id))
    held = claim(key=key, wall=wall)
    if held is None:
        if dead_among([key]):
            _fail(dataset_id, key, GIVEN_UP, now)
        return
    begun = _begin(dataset_id, key, now)
    if begun is None or _went_well(held, begun, now, wall, most_bytes):
        put_off(held, wall=wall)


def _went_well(held: Claim, begun: Begun, now: datetime, wall: datetime, most_bytes: int) -> bool:
    """Copy and note how far it came; False where a try was spent."""
    try:
        turn = copy_turn(_site_of(begun), begun.view, begun.files, _piece, most_bytes)
    except Pending:
        return True
    except Exception as failure:
        if not isinstance(failure, ConnectorFailed):
            log.exception("connector broke", allocation=begun.view.external_name)
        if failed(held, error=str(failure), wall=wall):
            why = f"the site could not take it: {failure}"
            _fail(begun.dataset_id, held.key, why, now)
        return False
    _conclude(held, begun, turn, now)
    return True


def _site_of(begun: Begun) -> StagesData:
    site = connector_named(begun.connector)
    if isinstance(site, StagesData) and site.takes_data:
        return site
    msg = f"{begun.connector} cannot stage data"
    raise ConnectorFailed(msg)


def _piece(file_id: int, number: int) -> bytes:
    return bytes(DataPiece.objects.get(file_id=file_id, number=number).content)


@transaction.atomic
def _begin(dataset_id: int, key: str, now: datetime) -> Begun | None:
    """Note the intention; return what is to be brought where, or None when nothing is."""
    dataset = _locked(dataset_id)
    row = with_place(Allocation.objects.filter(pk=dataset.allocation_id)).get()
    dataset.allocation = row
    if _key_of(dataset) != key or row.state not in STAGES_TO:
        return None
    if dataset.state == "UPLOADED":
        dataset.generation = row.generation
        move_dataset(dataset, "STAGING", now)
    if dataset.state != "STAGING" or dataset.generation != row.generation:
        return None
    files = [
        Source(file.pk, f"{dataset.name}/{file.name}", file.size_bytes, file.sha256)
        for file in dataset.files.order_by("name")
    ]
    return Begun(dataset.pk, row.connector, view_of(row), files)


def _locked(dataset_id: int) -> Dataset:
    return Dataset.objects.select_for_update(of=("self",)).get(pk=dataset_id)


def _key_of(dataset: Dataset) -> str:
    return f"stage:{dataset.pk}.{dataset.round}"


@transaction.atomic
def _conclude(held: Claim, begun: Begun, turn: Turn, now: datetime) -> None:
    """Write how far it came, unless a later worker, round or hand-over has fenced this one off."""
    if not still_ours(held):
        return
    dataset = _locked(begun.dataset_id)
    current = _key_of(dataset) == held.key and dataset.generation == begun.view.generation
    if dataset.state != "STAGING" or not current:
        return
    for file_id, staged_bytes in turn.staged_bytes.items():
        DataFile.objects.filter(pk=file_id).update(staged_bytes=staged_bytes)
    if turn.complete:
        move_dataset(dataset, "STAGED", now)
        announce("job")


@transaction.atomic
def _fail(dataset_id: int, key: str, reason: str, now: datetime) -> None:
    dataset = _locked(dataset_id)
    if _key_of(dataset) == key and dataset.state == "UPLOADED":
        # Whoever tried died each time before it had begun.
        dataset.generation = dataset.allocation.generation
        move_dataset(dataset, "STAGING", now)
    if _key_of(dataset) == key and dataset.state == "STAGING":
        move_dataset(dataset, "FAILED", now, reason)
