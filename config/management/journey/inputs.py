"""What the day runs on: a trace's jobs as demand, a price list as supply."""

from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.market.generated import generated_jobs
from sandbox.market.prices import PricedOffer, read_prices
from sandbox.traces import DemandJob, read_trace

DAY_SECONDS = 86_400
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "data"
DEFAULT_TRACE = SHARED / "demand_philly_early_sample6k.csv.gz"
DEFAULT_PRICES = SHARED / "listings_prices.csv.gz"


@dataclass(frozen=True)
class Inputs:
    """Jobs of one day in order of submission, offers of a price list, and their names."""

    jobs: list[DemandJob]
    demand_from: str
    offers: list[PricedOffer]
    prices_from: str


def one_day_of(jobs: list[DemandJob], count: int) -> list[DemandJob]:
    """Return `count` jobs spread evenly over the trace, folded into one day.

    The hour of submission is kept, so that the day has the trace's daily profile.
    """
    stride = max(1, len(jobs) // count)
    chosen = jobs[::stride][:count]
    folded = [replace(job, submit_s=job.submit_s % DAY_SECONDS) for job in chosen]
    return sorted(folded, key=lambda job: (job.submit_s, job.job_id))


def gather(*, trace: Path | None, prices: Path | None, orders: int, lines: int) -> Inputs:
    """Read the named files; without them the defaults, without those generated demand.

    Raises sandbox.traces.TraceNotUnderstood for a named trace that cannot be read.
    """
    source = trace or (DEFAULT_TRACE if DEFAULT_TRACE.is_file() else None)
    if source is None:
        jobs = generated_jobs(orders)
        demand_from = "generated from published statistics of the Philly trace (no trace at hand)"
    else:
        jobs = one_day_of(read_trace(source), orders)
        demand_from = f"real jobs of {source.name}"
    price_list = prices or (DEFAULT_PRICES if DEFAULT_PRICES.is_file() else None)
    if price_list is None:
        return Inputs(jobs, demand_from, [], "reference prices of the seed (no price list at hand)")
    offers, passed_over = read_prices(price_list)
    chosen = offers[:: max(1, len(offers) // lines)][:lines]
    return Inputs(
        jobs,
        demand_from,
        chosen,
        f"real prices of {price_list.name}: {len(chosen):,} of {len(offers):,} lines for chips "
        f"that we trade, {passed_over:,} for others passed over",
    )
