"""Deliveries as tests tell them: a deal, its allocation, and time that passes."""

from datetime import datetime, timedelta

from django.db import connection

from delivery.actions import (
    plan_allocation,
    provision,
    read_meters,
    seal_due_hours,
    sweep,
)
from delivery.models import Allocation, SealedUsage
from delivery.queries.invariants import INVARIANTS
from marketplace.models import Pool
from tests.world import World
from timetable.queries import wall_now

QUARTER = timedelta(minutes=15)
NO_TROUBLE = dict.fromkeys(
    ("provision_failure_bp", "acceptance_failure_bp", "unhealthy_bp", "silent_bp"), 0
)


class Delivery:
    """One agreement's delivery, in a world whose sites give no trouble unless told."""

    def __init__(
        self, world: World, *, devices: int = 8, hours: int = 2, pool: Pool | None = None
    ) -> None:
        self.world = world
        deal = world.deal(devices=devices, hours=hours, pool=pool)
        self.agreement = world.agree(deal)
        self.id = plan_allocation(agreement_id=self.agreement.pk, now=world.now).pk

    @property
    def row(self) -> Allocation:
        return Allocation.objects.get(pk=self.id)

    @property
    def start(self) -> datetime:
        return self.agreement.starts_at

    def hand_over(self, *, now: datetime | None = None, wall: datetime | None = None) -> Allocation:
        return provision(allocation_id=self.id, now=now or self.world.now, wall=wall or wall_now())

    def begin(self) -> None:
        """Hand over and let the window begin."""
        assert self.hand_over().state == "ACCEPTED"
        self.sweep(self.start)

    def sweep(self, now: datetime, wall: datetime | None = None) -> None:
        sweep(now=now, wall=wall or wall_now())

    def quarters(self, count: int, *, first: int = 0) -> None:
        """Let quarters pass: each is read, swept and sealed as the conductor would."""
        for index in range(first, first + count):
            now = self.start + (index + 1) * QUARTER
            read_meters(now=now, wall=wall_now())
            self.sweep(now)
            seal_due_hours(now=now)

    def seals(self) -> list[SealedUsage]:
        return list(SealedUsage.objects.filter(allocation_id=self.id).order_by("hour_start", "run"))


def broken() -> list[str]:
    """Return the codes of the delivery invariants that do not hold."""
    codes = []
    with connection.cursor() as cursor:
        for invariant in INVARIANTS:
            cursor.execute(invariant.sql)
            if cursor.fetchall():
                codes.append(invariant.code)
    return codes
