"""End datasets with their delivery, and take them along when a hand-over is another's."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from delivery.domain.data_lifecycle import AT_SITE, DATASET_LIFECYCLE
from delivery.models import Allocation, DataFile, DataPiece, Dataset, Substitution

OVER = "the delivery ended"
SOUGHT = ("SEEKING", "ORDERED")


def move_dataset(dataset: Dataset, state: str, now: datetime, reason: str = "") -> None:
    """Move a locked dataset to a state, or refuse with MoveRefused."""
    DATASET_LIFECYCLE.check(dataset.state, state)
    dataset.state, dataset.state_since, dataset.reason = state, now, reason[:200]
    dataset.save()


def clear_dataset(dataset: Dataset, reason: str, now: datetime) -> None:
    """Drop the pieces of a locked dataset; its files stay as a record of what there was."""
    move_dataset(dataset, "CLEARED", now, reason)
    DataPiece.objects.filter(file__dataset=dataset).delete()


def stage_anew(dataset: Dataset, now: datetime) -> None:
    """Let a locked dataset be staged from its beginning; whoever stages it now is fenced off."""
    dataset.round, dataset.generation = dataset.round + 1, None
    move_dataset(dataset, "UPLOADED", now)
    DataFile.objects.filter(dataset=dataset).update(staged_bytes=0)


@transaction.atomic
def clear_ended(*, now: datetime, limit: int = 100) -> int:
    """Clear what is kept for deliveries that have ended; return how many datasets.

    One that failed keeps its data while a substitute may still be found, to its window's end.
    """
    covered = Substitution.objects.filter(state="UNCOVERED").values("of_allocation_id")
    sought = Substitution.objects.filter(state__in=SOUGHT).values("of_allocation_id")
    hopeless = Q(allocation_id__in=covered) | Q(allocation__ends_at__lte=now)
    over = Q(allocation__state__in=["COMPLETED", "RECALLED"]) | (
        Q(allocation__state="FAILED") & hopeless & ~Q(allocation_id__in=sought)
    )
    rows = Dataset.objects.select_for_update(of=("self",), skip_locked=True)
    due = list(rows.filter(over).exclude(state="CLEARED").order_by("id")[:limit])
    for dataset in due:
        clear_dataset(dataset, OVER, now)
    return len(due)


@transaction.atomic
def renew_moved(*, now: datetime, limit: int = 100) -> int:
    """Stage anew what was staged to a hand-over that is no more; return how many datasets."""
    rows = Dataset.objects.select_for_update(of=("self",), skip_locked=True)
    lost = rows.filter(state__in=AT_SITE).exclude(generation=F("allocation__generation"))
    found = list(lost.order_by("id")[:limit])
    for dataset in found:
        stage_anew(dataset, now)
    return len(found)


def take_data_along(old: Allocation, new: Allocation, now: datetime) -> None:
    """Give a replaced delivery's data to its substitute, in the caller's transaction."""
    rows = Dataset.objects.select_for_update(of=("self",)).filter(allocation=old)
    for dataset in rows.exclude(state="CLEARED").order_by("id"):
        dataset.allocation = new
        if dataset.state in AT_SITE:
            stage_anew(dataset, now)
        else:
            dataset.save(update_fields=["allocation"])
