"""The worker's door to the journey."""

from celery import current_app, shared_task

from config.conductor import LEGS, WAKES, walk
from config.timetable_of_work import beat_schedule

# Tasks are loaded when the rooms are: only then can beat's schedule read the market clock.
current_app.conf.beat_schedule = beat_schedule()


@shared_task(name="config.walk_leg")
def walk_leg(name: str) -> None:
    """Walk one leg of the journey, unless another worker is walking it."""
    walk(LEGS[name])


@shared_task(name="config.wake")
def wake(fact: str) -> None:
    """Walk the leg that a fact wakes; a fact that wakes nothing is let pass."""
    if fact in WAKES:
        walk(LEGS[WAKES[fact]])
