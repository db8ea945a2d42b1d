"""Words for stories about money: a deal, what its meter said, and who has what."""

from dataclasses import dataclass
from datetime import timedelta

from billing.actions import settle_link_hour, settle_usage
from contracts.actions import accept_standard_terms, conclude_agreement, publish_standard_terms
from contracts.models import Agreement
from delivery.actions import plan_link
from delivery.models import Allocation, SealedLinkHour, SealedUsage
from exchange.window import delivery_day
from ledger.actions import seed_rates
from ledger.queries import balance_of, funds_of, hold_remaining
from marketplace.models import CarrierLink
from tests.world import Deal, World


@dataclass
class Sold:
    """An agreement in force with its allocation."""

    agreement: Agreement
    allocation: Allocation

    @property
    def reason(self) -> str:
        return f"trade:{self.agreement.trade_id}"


class House:
    """The world, with an accountant."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now, self.day = world.now, delivery_day(world.now)
        self.ada, self.ben = world.cast.ada.id, world.cast.ben.id
        self.gwen = world.cast.gwen.id
        seed_rates(now=world.now)
        publish_standard_terms(now=world.now)
        for player in (world.cast.ada, world.cast.ben, world.cast.gwen):
            accept_standard_terms(member_id=player.id, person_id=player.person.pk, now=world.now)

    def sold(
        self, *, devices: int = 8, hours: int = 2, price: str = "1.85", start: int = 0
    ) -> Sold:
        """Ada sells to Ben, and the agreement is in force."""
        deal = self.world.deal(devices=devices, hours=hours, price=price, start=start)
        return self._agreed(deal, devices)

    def sold_with_link(self, *, start: int = 0, **asks: int) -> Sold:
        """Ada sells to Ben, Gwen carries, and both agreements are in force."""
        return self._agreed(self.world.linked_deal(start=start, **asks), 8)

    def sold_with_metered_link(self, *, start: int = 0, **asks: int) -> Sold:
        """As above, but the link has a meter of its own."""
        CarrierLink.objects.update(connector="simulated")
        return self.sold_with_link(start=start, **asks)

    def carried(
        self, sold: Sold, hour: int, gbps_seconds: int, moved_mb: int = 0, run: str = "II"
    ) -> SealedLinkHour:
        """The link meter's word on one hour, sealed."""
        link = Agreement.objects.get(link_trade__trade=sold.agreement.trade_id)
        row = plan_link(agreement_id=link.pk, now=self.now)
        quarters = [gbps_seconds // 4] * 3 + [gbps_seconds - gbps_seconds // 4 * 3]
        return SealedLinkHour.objects.create(
            link_delivery=row,
            hour_start=row.starts_at + timedelta(hours=hour),
            run=run,
            contracted_gbps_seconds=row.gbps * 3600,
            available_gbps_seconds=gbps_seconds,
            moved_mb=moved_mb,
            quarter_gbps_seconds=quarters,
            quarter_mb=[moved_mb, 0, 0, 0],
            estimated=[False] * 4,
            last_reading_hash="0" * 64,
            sealed_at=row.ends_at,
        )

    def carry(self, sold: Sold, hours: list[tuple[int, int]], run: str = "II") -> None:
        """Seal and settle hour after hour of the link: Gbit/s-seconds and MB."""
        for hour, (gbps_seconds, moved_mb) in enumerate(hours):
            sealed = self.carried(sold, hour, gbps_seconds, moved_mb, run)
            settle_link_hour(link_hour_id=sealed.pk, now=sealed.sealed_at)

    def _agreed(self, deal: Deal, devices: int) -> Sold:
        agreement = conclude_agreement(trade_id=deal.trade.pk, now=self.world.now)
        allocation, _ = Allocation.objects.get_or_create(
            agreement=agreement,
            defaults={
                "pool": deal.trade.pool,
                "connector": "simulated",
                "devices": devices,
                "starts_at": agreement.starts_at,
                "ends_at": agreement.ends_at,
                "state": "DELIVERING",
                "state_since": agreement.starts_at,
                "external_name": f"gh-{agreement.pk}",
            },
        )
        return Sold(agreement, allocation)

    def sealed(self, sold: Sold, hour: int, device_seconds: int, run: str = "II") -> SealedUsage:
        """The meter's word on one hour, sealed."""
        return SealedUsage.objects.create(
            allocation=sold.allocation,
            hour_start=sold.agreement.starts_at + timedelta(hours=hour),
            run=run,
            contracted_device_seconds=sold.allocation.devices * 3600,
            delivered_device_seconds=device_seconds,
            quarter_device_seconds=[device_seconds // 4] * 3
            + [device_seconds - device_seconds // 4 * 3],
            estimated=[False] * 4,
            last_reading_hash="0" * 64,
            sealed_at=sold.agreement.ends_at,
        )

    def settle(self, usage: SealedUsage) -> None:
        """Settle one sealed hour."""
        settle_usage(usage_id=usage.pk, now=usage.sealed_at)

    def deliver(self, sold: Sold, delivered: list[int], run: str = "II") -> None:
        """Seal and settle hour after hour."""
        for hour, seconds in enumerate(delivered):
            self.settle(self.sealed(sold, hour, seconds, run))

    def deliver_hour(self, sold: Sold, hour: int, seconds: int) -> None:
        """Seal and settle one hour."""
        self.settle(self.sealed(sold, hour, seconds))

    def books(self, sold: Sold) -> dict[str, int]:
        """Everyone's balances, and what the hold still has; micros."""
        return {
            "buyer": funds_of(self.ben).available_micros,
            "payable": funds_of(self.ada).payable_micros,
            "seller": funds_of(self.ada).available_micros,
            "fees": balance_of("fees"),
            "tax": balance_of("tax"),
            "hold": hold_remaining(sold.reason),
        }
