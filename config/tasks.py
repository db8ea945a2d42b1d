"""The worker's door to the journey."""

from typing import Any

from celery import Task, current_app, shared_task
from celery.signals import worker_ready

from config.conductor import JOURNEY, LEGS, WAKES, walk
from config.timetable_of_work import beat_schedule

# Tasks are loaded when the rooms are: only then can beat's schedule read the market clock.
current_app.conf.beat_schedule = beat_schedule()


# The database hears within moments that a worker was killed, and then frees the leg it walked.
AGAIN_AFTER_S, AGAIN = 1, 3
EXPIRES_S = 30


@shared_task(bind=True, name="config.walk_leg")
def walk_leg(self: "Task[Any, None]", name: str, again: int = 0) -> None:
    """Walk one leg of the journey, unless another worker is walking it."""
    _walk(self, name, again)


@shared_task(bind=True, name="config.wake")
def wake(self: "Task[Any, None]", fact: str) -> None:
    """Walk the leg that a fact wakes; a fact that wakes nothing is let pass."""
    if fact in WAKES:
        _walk(self, WAKES[fact])


def _walk(task: "Task[Any, None]", name: str, again: int = 0) -> None:
    """Walk; what a killed worker was walking is walked again as soon as its leg is free."""
    returned = (task.request.delivery_info or {}).get("redelivered")
    if not walk(LEGS[name]) and (again or returned):
        left = again - 1 if again else AGAIN
        if left:
            send_leg(name, left, countdown=AGAIN_AFTER_S)


def send_leg(name: str, again: int = 0, countdown: int = 0) -> None:
    """Ask the workers to walk a leg."""
    current_app.send_task(
        "config.walk_leg", args=(name, again), countdown=countdown, expires=EXPIRES_S
    )


@worker_ready.connect
def take_up_what_is_left(**_facts: Any) -> None:
    """A worker that starts looks at everything at once: the one before may have been killed."""
    for leg in JOURNEY:
        send_leg(leg.name, AGAIN)
