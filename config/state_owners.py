"""Who ends each state of each lifecycle when its time is up: a task of the timetable, or nobody.

A state that nobody ends by time says why it may last. A test holds this page against the tables
of the rooms and against the timetable; `docs/lifecycles.md` shows it.
"""

from collections.abc import Mapping

from delivery.domain.allocation_lifecycle import STATE_OWNERS, StateOwner
from delivery.domain.data_lifecycle import DATASET_STATE_OWNERS
from delivery.domain.job_lifecycle import JOB_STATE_OWNERS
from delivery.domain.link_lifecycle import LINK_STATE_OWNERS
from delivery.domain.service_lifecycle import SERVICE_STATE_OWNERS
from delivery.domain.site_agent import AGENT_STATE_OWNERS, CODE_STATE_OWNERS, COMMAND_STATE_OWNERS
from delivery.domain.substitution import SUBSTITUTION_OWNERS

Owners = Mapping[str, StateOwner]
MARKET, AUCTIONS = "marketplace.expire_due", "marketplace.run_auctions"
PAYMENTS, INTERVENTIONS = "billing.reconcile_payments", "oversight.expire_interventions"


def _lasts(why: str) -> StateOwner:
    return StateOwner("", why)


# By room and the lifecycle's name as docs/lifecycles.md has it.
STATE_OWNERS_OF: Mapping[tuple[str, str], Owners] = {
    ("accounts", "member"): {
        "APPLIED": _lasts("the operator decides"),
        "ADMITTED": _lasts("membership has no end"),
        "SUSPENDED": _lasts("the operator lifts it"),
    },
    ("marketplace", "auction"): {
        "OPEN": StateOwner(AUCTIONS, "NO_CANCEL at its time"),
        "NO_CANCEL": StateOwner(AUCTIONS, "CLEARING at its close"),
        "CLEARING": StateOwner("marketplace.clear_auctions", "PUBLISHED, or FAILED"),
        "PUBLISHED": StateOwner("marketplace.trade_awards", "AGREED when its awards are traded"),
    },
    ("marketplace", "auction entry"): {
        "ENTERED": StateOwner(AUCTIONS, "FROZEN with its auction's book"),
        "FROZEN": StateOwner("marketplace.clear_auctions", "as the outcome says"),
        "ACCEPTED": StateOwner("marketplace.trade_awards", "TRADED, or RELEASED"),
    },
    ("marketplace", "listing"): {
        "OPEN": StateOwner(MARKET, "EXPIRED at its last hour's gate"),
    },
    ("marketplace", "order"): {
        "OPEN": StateOwner(MARKET, "EXPIRED at its last hour's gate"),
        "PARTLY_FILLED": StateOwner(MARKET, "EXPIRED at its last hour's gate"),
    },
    ("marketplace", "switch"): {
        "ARMED": StateOwner("marketplace.fire_switches", "FIRING when it was not renewed"),
        "FIRING": StateOwner("marketplace.fire_switches", "FIRED; claimed anew from a dead worker"),
    },
    ("contracts", "agreement"): {
        "DRAFTED": StateOwner("contracts.lapse_drafts", "TERMINATED when its window begins"),
        "IN_FORCE": StateOwner("billing.settle_sealed_usage", "COMPLETED with its last hour"),
    },
    ("delivery", "allocation"): STATE_OWNERS,
    ("delivery", "link delivery"): LINK_STATE_OWNERS,
    ("delivery", "substitution"): SUBSTITUTION_OWNERS,
    ("delivery", "dataset"): DATASET_STATE_OWNERS,
    ("delivery", "job"): JOB_STATE_OWNERS,
    ("delivery", "service"): SERVICE_STATE_OWNERS,
    ("delivery", "proposal"): {
        "OPEN": StateOwner("delivery.survey_due", "SUPERSEDED by the site's next survey"),
        "SUPERSEDED": _lasts("overtaken; only a listing that was under way still counts"),
    },
    ("delivery", "agent command"): COMMAND_STATE_OWNERS,
    ("delivery", "enrolment code"): CODE_STATE_OWNERS,
    ("delivery", "site agent"): {
        **AGENT_STATE_OWNERS,
        "LOST": _lasts("it is heard again, or revoked"),
    },
    ("delivery", "dispute"): {"OPEN": _lasts("the operator decides")},
    ("billing", "deposit"): {
        "ASKED": StateOwner(PAYMENTS, "as the provider says"),
        "PENDING": StateOwner(PAYMENTS, "as the provider says"),
        "FAILED": _lasts("a declined card may be followed by one that pays"),
    },
    ("billing", "refund"): {
        "ASKED": StateOwner(PAYMENTS, "as the provider says"),
        "SENT": StateOwner(PAYMENTS, "as the provider says"),
        "PAID": _lasts("paid; it may still come back"),
    },
    ("oversight", "emergency"): {
        "IN_EFFECT": StateOwner(INTERVENTIONS, "EXPIRED unless confirmed in time"),
    },
    ("oversight", "planned"): {
        "PROPOSED": StateOwner(INTERVENTIONS, "EXPIRED unless approved in time"),
    },
}
