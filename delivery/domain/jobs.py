"""What the job door takes."""

from collections.abc import Mapping, Sequence

from delivery.domain.refusals import JobShapeRefused, NoFittingVariant

MAX_ARGUMENTS = 64
MAX_ARGUMENT_CHARACTERS = 8_192
MAX_VARIANTS = 8
MAX_TIME_LIMIT_S = 3_600
MAX_UNFINISHED = 20
MAX_LOG_BYTES = 256 * 1024
MAX_OUTPUT_BYTES = 8 * 1024 * 1024

Variants = Mapping[str, Sequence[str]]


def check_job(name: str, variants: Variants, devices: int, time_limit_s: int) -> None:
    """Refuse a job that no site could take, with JobShapeRefused naming what is wrong."""
    if not name.strip() or len(name) > 80:
        raise JobShapeRefused(detail="a name has 1 to 80 characters")
    if devices < 1:
        raise JobShapeRefused(detail="a job takes at least one device")
    if not 1 <= time_limit_s <= MAX_TIME_LIMIT_S:
        raise JobShapeRefused(detail=f"a time limit is 1 to {MAX_TIME_LIMIT_S} seconds")
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
