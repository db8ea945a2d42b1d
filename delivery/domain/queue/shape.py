"""The frozen input and outcome of one look at the queue. All instants are market time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Why(StrEnum):
    """Why a job waits."""

    NOTHING_HELD = "NOTHING_HELD"
    NO_STACK = "NO_STACK"
    NO_DOOR = "NO_DOOR"
    NO_MEMORY = "NO_MEMORY"
    NO_PLACE = "NO_PLACE"
    NO_DATA = "NO_DATA"
    NOT_ITS_DELIVERY = "NOT_ITS_DELIVERY"
    TOO_LARGE = "TOO_LARGE"
    WINDOW_TOO_SHORT = "WINDOW_TOO_SHORT"
    DEADLINE_TOO_NEAR = "DEADLINE_TOO_NEAR"
    GANG_TOO_LARGE = "GANG_TOO_LARGE"
    DATA_COMING = "DATA_COMING"
    NOT_OPEN_YET = "NOT_OPEN_YET"
    DEVICES_BUSY = "DEVICES_BUSY"
    GANG_GATHERS = "GANG_GATHERS"
    OTHERS_FIRST = "OTHERS_FIRST"
    MAKING_ROOM = "MAKING_ROOM"
    FAR_BACK = "FAR_BACK"


# With these a job starts only when the buyer holds something else, or it asks for less.
NEVER_AS_IT_IS = frozenset(
    {
        Why.NOTHING_HELD,
        Why.NO_STACK,
        Why.NO_DOOR,
        Why.NO_MEMORY,
        Why.NO_PLACE,
        Why.NO_DATA,
        Why.NOT_ITS_DELIVERY,
        Why.TOO_LARGE,
        Why.WINDOW_TOO_SHORT,
        Why.DEADLINE_TOO_NEAR,
        Why.GANG_TOO_LARGE,
    }
)


@dataclass(frozen=True)
class Capacity:
    """Devices of one allocation, from when it delivers until it ends or is recalled.

    `doors`: its jobs can be entered. `data` are the names of datasets that jobs find there now,
    `coming` those on their way. Recallable capacity is where jobs that can save their state
    make room for urgent ones.
    """

    id: int
    devices: int
    stack: str
    memory_gb: int
    site: str
    zone: str
    opens_at: datetime
    closes_at: datetime
    recallable: bool = False
    doors: bool = False
    data: frozenset[str] = frozenset()
    coming: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Running:
    """A job that runs: it ends by itself at `ends_by` at the latest. Warned: it is leaving."""

    id: int
    capacity_id: int
    devices: int
    ends_by: datetime
    priority: int
    saves_in: timedelta | None = None
    warned: bool = False


@dataclass(frozen=True)
class Unit:
    """What starts together: one job, or a gang of like ones. Sizes are of each job.

    `door`: it must be entered where it runs. `stays`: it wants at least `lasts`, and holds its
    devices until the allocation's end.
    """

    ids: tuple[int, ...]
    devices: int
    lasts: timedelta
    stacks: frozenset[str]
    submitted_at: datetime
    min_memory_gb: int = 0
    place: str = ""
    data: str = ""
    deadline: datetime | None = None
    priority: int = 0
    team: str = ""
    capacity_id: int | None = None
    saves: bool = False
    door: bool = False
    stays: bool = False


@dataclass(frozen=True)
class Queue:
    """All that a plan depends on. `used` is each team's recent device-seconds."""

    now: datetime
    capacities: tuple[Capacity, ...]
    running: tuple[Running, ...]
    waiting: tuple[Unit, ...]
    used: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Start:
    """Start a job on an allocation now; `rank` is the place in line that it had."""

    job_id: int
    capacity_id: int
    rank: int


@dataclass(frozen=True)
class Preempt:
    """Ask a running job to save its state and leave; `recalled` when its devices are going."""

    job_id: int
    recalled: bool


@dataclass(frozen=True)
class Wait:
    """Why a job waits, its place in line, and when it starts if every job takes its whole time."""

    job_id: int
    why: Why
    rank: int
    expected_at: datetime | None = None


@dataclass(frozen=True)
class Plan:
    """What one look decides."""

    starts: tuple[Start, ...]
    preempts: tuple[Preempt, ...]
    waits: tuple[Wait, ...]
