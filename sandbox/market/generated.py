"""Demand where no trace is at hand: drawn from published statistics of the Philly trace.

Shares of job sizes, deciles of durations and the daily profile of arrivals are
statistics of Microsoft's Philly trace (CC-BY-4.0), 6,000 jobs of September 2017.
"""

import random

from sandbox.traces.job import DemandJob

PHILLY_SIZES = ((1, 9558), (2, 173), (8, 150), (4, 100), (32, 10), (16, 9))
# Assumed for the demo: clusters for large models report 6 to 27 devices a job on average
# (AcmeTrace, CC-BY-4.0), far more than Philly's two.
LARGE_MODEL_SIZES = ((1, 40), (4, 14), (8, 18), (16, 10), (32, 9), (64, 6), (128, 3))
DURATION_DECILES_S = (1, 60, 85, 539, 1448, 2045, 2525, 2778, 3868, 8039, 600_000)
ARRIVALS_BY_HOUR = (
    425, 447, 294, 200, 109, 348, 426, 599, 238, 204, 263, 262,
    276, 84, 146, 149, 128, 128, 130, 148, 213, 254, 253, 276,
)  # fmt: skip
BUYERS = 12


def generated_jobs(
    count: int, *, seed: int = 7, sizes: tuple[tuple[int, int], ...] = PHILLY_SIZES
) -> list[DemandJob]:
    """Return `count` jobs of one day in order of submission; the same for the same seed.

    `sizes` are devices a job, each with its weight.
    """
    chance = random.Random(seed)
    hours = chance.choices(range(24), weights=ARRIVALS_BY_HOUR, k=count)
    submits = sorted(hour * 3600 + chance.randrange(3600) for hour in hours)
    return [
        DemandJob(
            job_id=f"generated-{index:06d}",
            buyer=f"group-{chance.randrange(BUYERS):02d}",
            submit_s=submit_s,
            devices=chance.choices(
                [size for size, _ in sizes], weights=[weight for _, weight in sizes]
            )[0],
            duration_s=_duration_s(chance),
        )
        for index, submit_s in enumerate(submits)
    ]


def _duration_s(chance: random.Random) -> int:
    """Draw between two neighbouring deciles, evenly."""
    decile = chance.randrange(len(DURATION_DECILES_S) - 1)
    return chance.randint(DURATION_DECILES_S[decile], DURATION_DECILES_S[decile + 1])
