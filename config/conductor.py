"""The journey of a trade, on one page: what is done, in which order, and when.

Work is found, never handed over: each stage looks in the database for what awaits it (a trade
without an agreement, an agreement without an allocation, sealed usage without a settlement), so
a lost message costs time and nothing else. A leg's stages run one after another in one worker,
the legs beside each other; a leg that is still walking is not started a second time.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from celery import current_app
from django.db import connection

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Leg:
    """Stages that one worker takes in order, named by their tasks."""

    name: str
    stages: tuple[str, ...]


# Due in market time: looked for every market quarter-hour (decided by `timetable`).
JOURNEY = (
    Leg(
        "market",
        (
            "marketplace.expire_due",  # listings and orders whose time has passed
            "contracts.conclude_agreements",  # trade -> agreement
            "contracts.lapse_drafts",
            "delivery.plan_allocations",  # agreement -> allocation, or link
        ),
    ),
    Leg(
        "delivery",
        (
            "delivery.provision_due",  # allocation -> accepted by test
            "delivery.run_jobs",
            "delivery.read_meters",  # allocation -> readings
            "delivery.sweep",  # every timed state ends
            "delivery.deliver_links",  # the same for the links beside the devices
            "billing.substitute",  # what went dark -> bought elsewhere, at the defaulter's cost
        ),
    ),
    Leg(
        "money",
        (
            "delivery.seal_due_hours",  # readings -> sealed usage, sealed hours of links
            "billing.settle_sealed_usage",  # sealed usage -> settlement -> postings
            "billing.issue_due_invoices",  # delivery day -> invoices
            "billing.record_due_payouts",  # delivery day -> payable
        ),
    ),
    Leg(
        "auctions",
        (
            "marketplace.run_auctions",  # opened, improved only, ended, frozen
            "marketplace.indicate_auction_prices",  # what it would come to, twice
            "marketplace.clear_auctions",  # frozen book -> published outcome
            "marketplace.trade_awards",  # outcome -> trades
            "marketplace.roll_rejected",  # rejected -> continuous market
        ),
    ),
    Leg(
        "watch",
        (
            "marketplace.publish_reference_prices",
            "oversight.assess_due",
            "delivery.survey_due",  # schedulers -> proposals -> listings by standing rules
        ),
    ),
)

# Due in wall time: leases, tokens, providers, people.
HOUSEKEEPING = {
    "accounts.seal_deeds": timedelta(seconds=10),
    "delivery.sweep_agents": timedelta(seconds=10),
    "delivery.look_at_services": timedelta(seconds=2),
    "delivery.end_visits": timedelta(seconds=10),
    "delivery.stage_data": timedelta(seconds=2),  # buyers' data -> sites, piece by piece
    "marketplace.fire_switches": timedelta(seconds=2),  # where no engine does
    "oversight.expire_interventions": timedelta(seconds=30),
    "billing.reconcile_payments": timedelta(seconds=60),
    "ledger.write_checkpoints": timedelta(seconds=120),
}

# What an action announces (`counter.waking`) starts a leg at once instead of at its next turn.
WAKES = {
    "traded": "market",
    "agreed": "market",
    "planned": "delivery",
    "job": "delivery",
    "reading": "money",
    "sealed": "money",
}

LEGS = {leg.name: leg for leg in JOURNEY}
LOCK_SPACE = 7_305


def walk(leg: Leg) -> bool:
    """Walk a leg's stages in order; a stage that fails is logged and the next one goes on.

    Returns False without walking when another worker is walking this leg.
    """
    key = [LOCK_SPACE, list(LEGS).index(leg.name)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        if not cursor.fetchone()[0]:
            return False
        try:
            for stage in leg.stages:
                run_stage(stage)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    return True


def run_stage(name: str) -> None:
    """Run one stage here and now; its failure is logged, never raised."""
    began = time.monotonic()
    try:
        current_app.tasks[name]()
    except Exception:
        log.exception("stage_failed", stage=name)
    else:
        log.debug("stage_done", stage=name, seconds=round(time.monotonic() - began, 3))
