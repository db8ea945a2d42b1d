"""What the job door takes, and what becomes of a job after a try."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from delivery.domain.data import DATASET_NAME
from delivery.domain.refusals import JobShapeRefused, NoFittingVariant
from delivery.domain.serving import ServiceAsked, check_service

MAX_ARGUMENTS = 64
MAX_ARGUMENT_CHARACTERS = 8_192
MAX_VARIANTS = 8
MAX_TIME_LIMIT_S = 3_600
MAX_UNFINISHED = 20
MAX_UNFINISHED_A_BUYER = 1_000
MAX_GROUP = 100
MAX_PRIORITY = 9
USUAL_PRIORITY = 5
USUAL_TIME_LIMIT_S = 60
MAX_RETRIES = 5
MAX_SAVES_IN_S = 300
# A job whose devices were lost under it is not to blame, but will not be tried for ever.
MAX_LOST = 5
MAX_LOG_BYTES = 256 * 1024
MAX_OUTPUT_BYTES = 8 * 1024 * 1024
MAX_KEPT_BYTES_A_BUYER = 256 * 1024 * 1024
LONGEST_WAIT = timedelta(days=30)
OUTPUTS_KEPT = timedelta(days=30)

Variants = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class JobRequest:
    """What a buyer asks of the job door. Durations are wall seconds, the deadline market time.

    `saves_in_s` above nothing says that the job heeds SIGUSR1 and then needs so long to save.
    `dataset` names data: it starts where that is staged, and waits until it is. `array` jobs run
    one by one as they fit, `gang` jobs start together or not at all. A `service` has no time limit
    (0): it runs until it is stopped or its window ends.
    """

    client_job_id: str
    name: str
    variants: Variants
    devices: int = 1
    time_limit_s: int = 60
    team: str = ""
    priority: int = USUAL_PRIORITY
    min_memory_gb: int = 0
    place: str = ""
    dataset: str = ""
    deadline: datetime | None = None
    saves_in_s: int = 0
    max_retries: int = 0
    array: int = 0
    gang: int = 0
    service: ServiceAsked | None = None

    def tidy(self) -> "JobRequest":
        """Return the request with names as they are kept."""
        variants = {stack: list(argv) for stack, argv in self.variants.items()}
        return replace(self, name=self.name.strip(), team=self.team.strip(), variants=variants)


def check_request(asked: JobRequest, now: datetime) -> None:
    """Refuse a job that no site could take, with JobShapeRefused naming what is wrong."""
    if asked.service is None:
        _check_range("time_limit_s", asked.time_limit_s, 1, MAX_TIME_LIMIT_S)
    else:
        _check_serves(asked, asked.service)
    check_job(asked.name, asked.variants, asked.devices)
    _check_range("priority", asked.priority, 0, MAX_PRIORITY)
    _check_range("max_retries", asked.max_retries, 0, MAX_RETRIES)
    _check_range("saves_in_s", asked.saves_in_s, 0, MAX_SAVES_IN_S)
    _check_dataset_name(asked.dataset)
    _check_range("min_memory_gb", asked.min_memory_gb, 0, 10_000)
    if asked.deadline is not None and asked.deadline <= now:
        raise JobShapeRefused(field="deadline", detail="the deadline has passed")
    for field in ("array", "gang"):
        size = getattr(asked, field)
        if size and not 2 <= size <= MAX_GROUP:
            raise JobShapeRefused(field=field, detail=f"a group has 2 to {MAX_GROUP} jobs")
    if asked.array and asked.gang:
        raise JobShapeRefused(field="gang", detail="a group is an array or a gang")
    if asked.gang and (asked.max_retries or asked.saves_in_s):
        raise JobShapeRefused(field="gang", detail="a gang is neither retried nor preempted")


def _check_dataset_name(name: str) -> None:
    if name and not DATASET_NAME.fullmatch(name):
        raise JobShapeRefused(field="dataset", detail="dataset is the name of one")


def _check_serves(asked: JobRequest, service: ServiceAsked) -> None:
    for field in ("time_limit_s", "deadline", "saves_in_s", "array", "gang"):
        if getattr(asked, field):
            detail = "a service runs until it is stopped or its window ends"
            raise JobShapeRefused(field=field, detail=detail)
    check_service(service)


def _check_range(field: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise JobShapeRefused(field=field, detail=f"{field} is {least} to {most}")


def check_job(name: str, variants: Variants, devices: int) -> None:
    """Refuse names, sizes and commands that no site could take, with JobShapeRefused."""
    if not name.strip() or len(name) > 80:
        raise JobShapeRefused(detail="a name has 1 to 80 characters")
    if devices < 1:
        raise JobShapeRefused(detail="a job takes at least one device")
    if not 1 <= len(variants) <= MAX_VARIANTS:
        raise JobShapeRefused(detail=f"a job has 1 to {MAX_VARIANTS} variants")
    for stack, argv in variants.items():
        _check_variant(stack, argv)


def _check_variant(stack: str, argv: Sequence[str]) -> None:
    if not stack or len(stack) > 12:
        raise JobShapeRefused(detail="a stack has 1 to 12 characters")
    if not 1 <= len(argv) <= MAX_ARGUMENTS or not argv[0]:
        raise JobShapeRefused(detail=f"a command has 1 to {MAX_ARGUMENTS} arguments")
    if any(len(part) > MAX_ARGUMENT_CHARACTERS or "\0" in part for part in argv):
        raise JobShapeRefused(detail="an argument is too long or has a null character")


def fitting_stack(stack: str, variants: Variants) -> str:
    """Return the variant that runs on a pool's software stack, or refuse with NoFittingVariant."""
    if stack not in variants:
        raise NoFittingVariant(stack=stack)
    return stack


@dataclass(frozen=True)
class Tried:
    """A job after a try: how many tries it has had of each kind, and what it may have."""

    tries: int
    lost: int
    max_retries: int
    in_gang: bool
    bound: bool


def after_try(outcome: str, tried: Tried, *, lost: bool = False, preempted: bool = False) -> str:
    """Return the state after a try that ended as `outcome`: that, or QUEUED for another try.

    Preempted jobs always go on; lost ones while their allocation is not all they may use, a few
    times; failed ones as often as the buyer allowed; members of a gang never.
    """
    if outcome != "FAILED" or tried.in_gang:
        return outcome
    if preempted:
        return "QUEUED"
    if lost:
        return "QUEUED" if tried.lost < MAX_LOST and not tried.bound else "FAILED"
    return "QUEUED" if tried.tries <= tried.max_retries else "FAILED"
