"""Why a job waits, in words, and the smallest change that would help."""

from collections.abc import Collection, Iterator

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from delivery.domain.queue import Why
from delivery.models import Job
from delivery.queries.data import percents_staged

Words = tuple[str | Promise, str | Promise]
WAITS: dict[str, Words] = {
    "": (_("Not looked at yet"), _("Every queue is looked at within seconds.")),
    Why.NOTHING_HELD: (_("You hold no devices"), _("Buy some; the job starts on them by itself.")),
    Why.NO_STACK: (
        _("None of your devices runs its variants"),
        _("Add a variant for the stack of a delivery of yours, or buy devices of another stack."),
    ),
    Why.NO_DOOR: (
        _("None of your fitting devices is where jobs can be entered"),
        _("Services run on the connectors process and Slurm."),
    ),
    Why.NO_MEMORY: (
        _("None of your devices has the memory that it asks for"),
        _("Ask for less memory, or buy larger devices."),
    ),
    Why.NO_PLACE: (
        _("None of your fitting devices is where it must run"),
        _("Let it run anywhere, or buy devices in that place."),
    ),
    Why.NO_DATA: (
        _("None of your fitting devices has its data"),
        _("Give the data to a delivery, on its page, under the name that the job asks for."),
    ),
    Why.DATA_COMING: (
        _("Its data is on the way"),
        _("It starts when all of it has come to a delivery."),
    ),
    Why.NOT_ITS_DELIVERY: (
        _("The delivery that it was submitted to takes no jobs now"),
        _("Submit it to the queue instead: there it runs wherever it fits."),
    ),
    Why.TOO_LARGE: (
        _("It wants more devices than any fitting delivery has"),
        _("Ask for fewer devices, or split it into an array."),
    ),
    Why.WINDOW_TOO_SHORT: (
        _("No fitting delivery lasts as long as its time limit"),
        _("Shorten the time limit, or buy a longer window."),
    ),
    Why.DEADLINE_TOO_NEAR: (
        _("It cannot end before its deadline"),
        _("Move the deadline, shorten the time limit, or buy devices now."),
    ),
    Why.GANG_TOO_LARGE: (
        _("All members of the gang never find room at once"),
        _("Make the gang smaller, or buy more devices for the same hours."),
    ),
    Why.NOT_OPEN_YET: (
        _("Its devices are yours only later"),
        _("It starts when the delivery begins."),
    ),
    Why.DEVICES_BUSY: (
        _("All fitting devices are busy"),
        _("It starts when enough of them are free."),
    ),
    Why.GANG_GATHERS: (
        _("Not all members of the gang find room yet"),
        _("They start together, when all of them can."),
    ),
    Why.OTHERS_FIRST: (
        _("The free devices are kept for jobs before it"),
        _("A shorter time limit may let it run in the gap."),
    ),
    Why.MAKING_ROOM: (
        _("Other jobs are making room for it"),
        _("They save their state first."),
    ),
    Why.FAR_BACK: (
        _("It is far back in line"),
        _("The first 200 are planned; it is looked at when some have started."),
    ),
}


def why_of(reason: str) -> Words:
    """Return the words for a reason, and what would help."""
    return WAITS.get(reason, WAITS[""])


def whys_of(jobs: Collection[Job], member_id: int) -> Iterator[Words]:
    """Yield why each of a buyer's jobs waits and what would help; of data, how far it is."""
    names = {job.dataset for job in jobs if job.wait_reason == Why.DATA_COMING}
    shares = percents_staged(member_id, names) if names else {}
    for job in jobs:
        why, advice = why_of(job.wait_reason)
        if job.wait_reason == Why.DATA_COMING and job.dataset in shares:
            why = gettext("Its data is %(share)s %% staged") % {"share": shares[job.dataset]}
        yield why, advice
