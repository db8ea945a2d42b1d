"""A link's delivery as tests tell it: sold with devices, handed over, and time that passes."""

from datetime import datetime, timedelta
from typing import Any

from contracts.queries import beside
from delivery.actions import (
    plan_allocation,
    plan_link,
    provision_link,
    read_link_meters,
    seal_due_link_hours,
    sweep_links,
)
from delivery.models import Allocation, LinkDelivery, SealedLinkHour
from marketplace.models import CarrierLink
from tests.world import World
from timetable.queries import wall_now

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


class LinkStory:
    """10 Gbit/s and 40 GB for two hours beside Ada's devices, carried by Gwen for Ben."""

    def __init__(self, world: World, *, connector: str = "simulated", **asks: Any) -> None:
        self.world = world
        CarrierLink.objects.update(connector=connector)
        self.devices = world.agree(world.linked_deal(**asks))
        (self.agreement,) = beside(self.devices)
        self.allocation = plan_allocation(agreement_id=self.devices.pk, now=world.now)
        self.id = plan_link(agreement_id=self.agreement.pk, now=world.now).pk

    @property
    def row(self) -> LinkDelivery:
        return LinkDelivery.objects.get(pk=self.id)

    @property
    def start(self) -> datetime:
        return self.agreement.starts_at

    def hand_over(self, now: datetime | None = None, wall: datetime | None = None) -> LinkDelivery:
        now, wall = now or self.world.now, wall or wall_now()
        return provision_link(link_delivery_id=self.id, now=now, wall=wall)

    def begin(self) -> None:
        """Hand over and let the window begin."""
        assert self.hand_over().state == "ACCEPTED"
        self.sweep(self.start)

    def sweep(self, now: datetime) -> None:
        sweep_links(now=now, wall=wall_now())

    def pass_until(self, now: datetime) -> None:
        """Read, sweep and seal once, as the conductor does, at an instant."""
        read_link_meters(now=now, wall=wall_now())
        self.sweep(now)
        seal_due_link_hours(now=now)

    def quarters(self, count: int, *, first: int = 0) -> None:
        for index in range(first, first + count):
            self.pass_until(self.start + (index + 1) * QUARTER)

    def devices_fail(self) -> None:
        Allocation.objects.filter(pk=self.allocation.pk).update(state="FAILED")

    def seals(self) -> list[SealedLinkHour]:
        rows = SealedLinkHour.objects.filter(link_delivery_id=self.id)
        return list(rows.order_by("hour_start", "id"))
