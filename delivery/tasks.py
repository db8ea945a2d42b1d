"""Wake-ups: each looks for what is due and does it item by item; the database is the truth."""

from collections.abc import Callable, Iterable

import structlog
from celery import shared_task

from counter.failpoints import failpoint
from delivery.actions import (
    drive_job,
    drop_old_outputs,
    end_unserved,
    end_visits,
    list_by_rule,
    look_at_services,
    plan_allocation,
    plan_link,
    provision_all,
    provision_link,
    read_link_meters,
    read_meters,
    schedule_queue,
    seal_due_hours,
    seal_due_link_hours,
    sites_due,
    stage_due,
    survey_site,
    sweep,
    sweep_agents,
    sweep_links,
)
from delivery.queries import (
    agreements_awaiting_allocation,
    allocations_to_provision,
    members_with_jobs,
    running_jobs,
)
from delivery.queries.links import links_awaiting_delivery, links_to_provision
from delivery.queries.surveys import first_tradable, proposals_for_rules
from timetable.queries import clock_state, market_now, wall_now

log = structlog.get_logger(__name__)
ITEMS_A_SWEEP = 500
# Process hand-overs take about a second each; all must be asked within one lease.
ASKED_TOGETHER = 20
# A survey reads ten weeks of a cluster's history: a few sites a turn, so that money never waits.
SITES_A_TURN = 4


def each(task: str, ids: Iterable[int], act: Callable[[int], object]) -> int:
    """Act on each item; one that fails is logged and passed by. Return how many went well."""
    went_well = 0
    for pk in ids:
        try:
            act(pk)
            went_well += 1
        except Exception:  # one bad item never stops the sweep
            log.exception("item failed", task=task, item=pk)
    return went_well


@shared_task(name="delivery.plan_allocations")
def plan_allocations() -> int:
    """Plan a delivery for each agreement in force, on devices or on a link, that has none."""
    now = market_now()
    ids = agreements_awaiting_allocation(ITEMS_A_SWEEP)
    links = links_awaiting_delivery(ITEMS_A_SWEEP)
    planned = each("plan", ids, lambda pk: plan_allocation(agreement_id=pk, now=now))
    planned += each("plan link", links, lambda pk: plan_link(agreement_id=pk, now=now))
    if planned:
        failpoint("plan.planned")
    return planned


@shared_task(name="delivery.provision_due")
def provision_due() -> int:
    """Hand over what starts soon, a few at a time."""
    now = market_now()
    ids = allocations_to_provision(now, wall_now(), ITEMS_A_SWEEP)
    starts = range(0, len(ids), ASKED_TOGETHER)
    return each(
        "provision",
        starts,
        lambda start: provision_all(
            allocation_ids=ids[start : start + ASKED_TOGETHER], now=now, wall=wall_now()
        ),
    )


@shared_task(name="delivery.read_meters")
def read_due_meters() -> int:
    """Read every quarter-hour that has ended."""
    return read_meters(now=market_now(), wall=wall_now())


@shared_task(name="delivery.deliver_links")
def deliver_links() -> int:
    """Hand over links that start soon, read their meters, and end every timed state of theirs."""
    now = market_now()
    ids = links_to_provision(now, wall_now(), ITEMS_A_SWEEP)
    each(
        "link",
        ids,
        lambda pk: provision_link(link_delivery_id=pk, now=now, wall=wall_now()),
    )
    read_link_meters(now=now, wall=wall_now())
    return sweep_links(now=now, wall=wall_now())


@shared_task(name="delivery.seal_due_hours")
def seal_hours() -> int:
    """Seal hours of devices and links that are over and read."""
    now = market_now()
    return seal_due_hours(now=now) + seal_due_link_hours(now=now)


@shared_task(name="delivery.run_jobs")
def run_jobs() -> int:
    """Look at every buyer's queue, then start, watch and end what runs."""
    clock = clock_state()
    now, factor = clock.market_now, clock.factor
    end_unserved(now=now)
    drop_old_outputs(now=now)
    each(
        "queue",
        members_with_jobs(ITEMS_A_SWEEP),
        lambda pk: schedule_queue(member_id=pk, now=now, factor=factor),
    )
    ids = running_jobs(ITEMS_A_SWEEP)
    return each(
        "job", ids, lambda pk: drive_job(job_id=pk, now=now, wall=wall_now(), factor=factor)
    )


@shared_task(name="delivery.look_at_services")
def look_at_due_services() -> int:
    """Look at the health of services that are due."""
    return look_at_services(now=market_now(), wall=wall_now())


@shared_task(name="delivery.end_visits")
def end_visits_of_ended_sessions() -> int:
    """Note the end of visits whose session has ended."""
    return end_visits(now=market_now(), wall=wall_now())


@shared_task(name="delivery.stage_data")
def stage_data() -> int:
    """Bring buyers' data to the sites where their jobs run, and clear it with its delivery."""
    return stage_due(now=market_now(), wall=wall_now())


@shared_task(name="delivery.sweep")
def sweep_deliveries() -> int:
    """Start, watch and complete deliveries; end hand-overs that nobody owns."""
    return sweep(now=market_now(), wall=wall_now()).well


@shared_task(name="delivery.survey_due")
def survey_due_sites() -> int:
    """Survey the sites whose last survey is old, and let standing rules list what was found."""
    now = market_now()
    due = sites_due(now=now, limit=SITES_A_TURN)
    surveyed = each("survey", due, lambda pk: survey_site(site_id=pk, now=now))
    ids = proposals_for_rules(first_tradable(now), ITEMS_A_SWEEP)
    each("rule", ids, lambda pk: list_by_rule(proposal_id=pk, now=now))
    return surveyed


@shared_task(name="delivery.sweep_agents")
def sweep_site_agents() -> int:
    """Notice agents that are silent; end leases, commands and codes whose time is over."""
    swept = sweep_agents(wall=wall_now())
    return swept.suspect + swept.lost
