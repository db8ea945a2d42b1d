"""When an auction opens, stops cancelling, may end and must have told its results."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from exchange.window import day_start, delivery_day

DAY_AHEAD = "DAY_AHEAD"
WEEKLY = "WEEKLY"
HOURS = {DAY_AHEAD: 24, WEEKLY: 168}
# Days before the gate on which an auction opens.
OPEN_DAYS = {DAY_AHEAD: 2, WEEKLY: 7}
NO_CANCEL = timedelta(minutes=10)
RANDOM_END = timedelta(minutes=2)
RESULTS = timedelta(minutes=30)
DAY = timedelta(days=1)
# How long before the gate it is told what the auction would come to.
INDICATIONS = (timedelta(hours=1), NO_CANCEL)


@dataclass(frozen=True, kw_only=True)
class Gates:
    """The instants of one auction, in order; the gate is the latest random end."""

    code: str
    kind: str
    starts_at: datetime
    hours: int
    opens_at: datetime
    no_cancel_at: datetime
    ends_from: datetime
    ends_by: datetime
    results_by: datetime


def gates_of(kind: str, starts_at: datetime, gate: timedelta) -> Gates:
    """Return the gates of the auction whose first hour is a day's first.

    `gate` is how long after the midnight of the day before the gate closes.
    """
    ends_by = starts_at - DAY + gate
    prefix = "DA" if kind == DAY_AHEAD else "WK"
    return Gates(
        code=f"{prefix}-{delivery_day(starts_at):%Y-%m-%d}",
        kind=kind,
        starts_at=starts_at,
        hours=HOURS[kind],
        opens_at=ends_by - OPEN_DAYS[kind] * DAY,
        no_cancel_at=ends_by - NO_CANCEL,
        ends_from=ends_by - RANDOM_END,
        ends_by=ends_by,
        results_by=ends_by + RESULTS,
    )


def gates_ahead(now: datetime, gate: timedelta) -> list[Gates]:
    """Return the gates of auctions that are open at `now`: the next days', and the next week's."""
    today = delivery_day(now)
    found = []
    for ahead in range(1, OPEN_DAYS[WEEKLY] + 2):
        day = today + ahead * DAY
        kinds = (DAY_AHEAD, WEEKLY) if day.weekday() == 0 else (DAY_AHEAD,)
        found += [gates_of(kind, day_start(day), gate) for kind in kinds]
    return [one for one in found if one.opens_at <= now < one.no_cancel_at]


def indication_due(now: datetime, *, ends_from: datetime, ends_by: datetime) -> int:
    """Return the number of the newest indication whose instant has come, from 1; 0: none.

    From the earliest random end on nothing is told any more.
    """
    if now >= ends_from:
        return 0
    return sum(now >= ends_by - before for before in INDICATIONS)


def random_end(code: str, seed: str, ends_from: datetime, ends_by: datetime) -> datetime:
    """Return the whole second at which the auction ends: anybody can work it out from the seed."""
    seconds = int((ends_by - ends_from).total_seconds())
    drawn = int(sha256(f"{code}:{seed}".encode()).hexdigest(), 16) % (seconds + 1)
    return ends_from + timedelta(seconds=drawn)
