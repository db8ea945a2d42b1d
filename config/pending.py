"""What is due at an instant: the conductor's work that no worker has done yet."""

from datetime import datetime

from billing.queries import link_hours_awaiting_settlement, usage_awaiting_settlement
from contracts.queries import trades_awaiting_agreement
from delivery.models import Allocation, Attempt, Job
from delivery.queries import (
    agreements_awaiting_allocation,
    allocations_to_meter,
    allocations_to_provision,
    hours_awaiting_seal,
)
from delivery.queries.links import (
    links_awaiting_delivery,
    links_to_meter,
    links_to_move,
    links_to_provision,
)
from marketplace.queries.auctions import auctions_awaiting_a_step

ONE = 1


def what_is_due(*, now: datetime, wall: datetime) -> list[str]:
    """Return the kinds of work that wait at market time `now`.

    Work under a lease is due until the lease ends or the work is done: its worker may
    have died. Work that rests until a later try is not.
    """
    waiting = {
        "leases": Attempt.objects.filter(lease_until__gt=wall, dead=False).exists(),
        "agreements": trades_awaiting_agreement(ONE),
        "allocations": agreements_awaiting_allocation(ONE),
        "provisioning": allocations_to_provision(now, wall, ONE),
        "readings": allocations_to_meter(now, ONE),
        "seals": hours_awaiting_seal(now, ONE),
        "settlements": usage_awaiting_settlement(wall, ONE),
        "starts": Allocation.objects.filter(state="ACCEPTED", starts_at__lte=now).exists(),
        "ends": Allocation.objects.filter(
            state__in=["DELIVERING", "INTERRUPTED"], ends_at__lte=now
        ).exists(),
        "auctions": auctions_awaiting_a_step(now),
        "links": links_awaiting_delivery(ONE)
        or links_to_provision(now, wall, ONE)
        or links_to_meter(now, ONE)
        or links_to_move(now),
        "link settlements": link_hours_awaiting_settlement(wall, ONE),
        "jobs": Job.objects.filter(state__in=["QUEUED", "RUNNING"]).exists(),
    }
    return [kind for kind, found in waiting.items() if found]
