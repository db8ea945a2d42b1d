"""When beat starts the journey's legs: by market time, within bounds of wall time."""

from datetime import datetime, timedelta
from typing import Any

from celery.schedules import BaseSchedule, schedstate, schedule
from django.db import DatabaseError

from config.conductor import HOUSEKEEPING, JOURNEY
from timetable.queries import clock_in_force

MARKET_QUARTER_HOUR_SECONDS = 900
AT_LEAST_EVERY_SECONDS = 10
AT_MOST_EVERY_SECONDS = 1


def seconds_between_turns(factor: int) -> int:
    """Return the wall seconds of a market quarter-hour, never above 10 nor below 1."""
    if factor == 0:
        return AT_LEAST_EVERY_SECONDS
    quarter = MARKET_QUARTER_HOUR_SECONDS // factor
    return max(AT_MOST_EVERY_SECONDS, min(AT_LEAST_EVERY_SECONDS, quarter))


class EveryMarketQuarterHour(BaseSchedule):
    """Due when a market quarter-hour has passed since the last turn."""

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Tell beat whether the turn is due, and when to ask again."""
        try:
            interval = seconds_between_turns(clock_in_force().factor)
        except DatabaseError:
            interval = AT_LEAST_EVERY_SECONDS
        waited = self.now() - self.maybe_make_aware(last_run_at)
        remaining = timedelta(seconds=interval) - waited
        if remaining <= timedelta(0):
            return schedstate(is_due=True, next=interval)
        # The clock may be set meanwhile: ask again within a second.
        return schedstate(is_due=False, next=min(remaining.total_seconds(), 1.0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EveryMarketQuarterHour)

    def __hash__(self) -> int:
        return hash(type(self))

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return type(self), ()


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return what beat sends: one message a leg and turn, one a piece of housekeeping."""
    legs = {
        f"leg {leg.name}": {
            "task": "config.walk_leg",
            "args": (leg.name,),
            "schedule": EveryMarketQuarterHour(),
            # A turn that was not taken in time is not owed: the next one finds the same work.
            "options": {"expires": AT_LEAST_EVERY_SECONDS},
        }
        for leg in JOURNEY
    }
    housekeeping = {
        name: {"task": name, "schedule": schedule(every), "options": {"expires": every.seconds}}
        for name, every in HOUSEKEEPING.items()
    }
    return {**legs, **housekeeping}
