"""A purchase whose seller goes dark, told hour by hour, with others who could deliver instead."""

from datetime import datetime, timedelta

from django.db import connection

from billing.actions import cover, settle_usage
from billing.queries import outstanding_damages, usage_awaiting_settlement
from billing.queries.invariants import INVARIANTS as BILLING
from billing.queries.proofs import rate_anew
from contracts.actions import accept_standard_terms
from delivery.actions import (
    open_substitution,
    plan_allocation,
    provision_all,
    read_meters,
    seal_due_hours,
    sweep,
)
from delivery.actions.allocations import locked, move
from delivery.models import Allocation, Substitution
from delivery.queries import (
    agreements_awaiting_allocation,
    allocations_in_default,
    allocations_to_provision,
    substitutions_under_way,
)
from delivery.queries.invariants import INVARIANTS as DELIVERY
from ledger.queries import funds_of
from ledger.queries.invariants import INVARIANTS as LEDGER
from marketplace.models import Listing, Pool
from tests.cast import Player, Role, enter
from tests.unit.billing.house import House
from timetable.queries import wall_now

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)
GONE = "the site does not answer"


def open_substitutions(now: datetime) -> None:
    """Open what is in default, as the sweep does."""
    for pk in allocations_in_default(now, 100):
        open_substitution(allocation_id=pk, now=now)


class Story:
    """Ada sells Ben eight H100 for six hours at ¥ 1.85; her site goes dark after two of them."""

    def __init__(self, house: House, *, hours: int = 6) -> None:
        self.house, self.world = house, house.world
        deal = self.world.deal(hours=hours)
        agreement = self.world.agree(deal)
        self.agreement, self.start = agreement, agreement.starts_at
        self.first = plan_allocation(agreement_id=agreement.pk, now=self.world.now)
        self.now = self.world.now

    @property
    def row(self) -> Allocation:
        return Allocation.objects.get(pk=self.first.pk)

    @property
    def sub(self) -> Substitution:
        return Substitution.objects.get(of_allocation_id=self.first.pk)

    def seller(self, code: str, *, owner: str = "") -> Player:
        """Let another seller in, with a site and H100 of its own beside Ada's."""
        player = enter(Role(code, "SELLER"))
        if owner:
            player.member.beneficial_owner = owner
            player.member.save()
        accept_standard_terms(member_id=player.id, person_id=player.person.pk, now=self.world.now)
        return player

    def pool_of(self, player: Player, *, gflops: int | None = None) -> Pool:
        """Give a seller sixty-four H100 in the west."""
        world, code = self.world, player.member.code
        site = world._site(f"{code}-1", world.west, pue=1_150, carbon=400, rtt_us=20_000)
        site.owner = player.member
        site.save()
        pool = world._pool(f"{code}-h100", site, world.h100, 64)
        if gflops is not None:
            pool.factors.update(gflops_per_device=gflops)
        return pool

    def offers(self, pool: Pool, price: str) -> Listing:
        """List eight of a pool's devices for two days."""
        return self.world.listing(pool=pool, price=price, hours=48, now=self.world.now)

    def go_on(self, until: datetime, *, covering: bool = True) -> None:
        """Let quarters pass as the conductor would have them pass."""
        while self.now < until:
            self.now += QUARTER
            self.work()
            if covering:
                self.cover()

    def work(self) -> None:
        now, wall = self.now, wall_now()
        for pk in agreements_awaiting_allocation(100):
            plan_allocation(agreement_id=pk, now=now)
        provision_all(allocation_ids=allocations_to_provision(now, wall, 100), now=now, wall=wall)
        read_meters(now=now, wall=wall)
        sweep(now=now, wall=wall)
        seal_due_hours(now=now)
        for pk in usage_awaiting_settlement(wall, 1_000):
            settle_usage(usage_id=pk, now=now)

    def cover(self) -> None:
        open_substitutions(self.now)
        for pk in substitutions_under_way(100):
            cover(substitution_id=pk, now=self.now)

    def go_dark(self, allocation_id: int | None = None) -> None:
        """Let a hand-over fail for good."""
        move(locked(allocation_id or self.first.pk), "FAILED", self.now, GONE)

    def paid(self) -> int:
        """What Ben has spent or has still set aside."""
        funds = funds_of(self.house.ben)
        return 10**12 - funds.available_micros

    def earned(self, member_id: int) -> int:
        """What the exchange owes a seller."""
        funds = funds_of(member_id)
        return funds.payable_micros + funds.available_micros


def broken() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        for invariant in (*LEDGER, *BILLING, *DELIVERY):
            cursor.execute(invariant.sql)
            found += [invariant.code for _ in cursor.fetchall()]
    return found


def end(story: Story) -> None:
    story.go_on(story.agreement.ends_at + QUARTER)


def proved(story: Story) -> None:
    """Nothing is left over, nothing is owed, and every figure is what the meters say."""
    assert funds_of(story.house.ben).held_micros == 0
    assert outstanding_damages(story.agreement.pk) == 0
    assert rate_anew().wrong == ()
    assert broken() == []
