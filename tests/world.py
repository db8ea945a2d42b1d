"""A tiny market: two zones, two sites, three pools, one city; it speaks of trades."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from contracts.actions import accept_standard_terms, conclude_agreement, publish_standard_terms
from contracts.models import Agreement
from exchange.window import HOUR, ceil_hour
from marketplace.actions import place_order, publish_listing
from marketplace.domain.order_request import OrderRequest
from marketplace.models import (
    CarrierLink,
    ChipModel,
    City,
    ConversionFactor,
    Listing,
    NetworkMeasurement,
    Order,
    Pool,
    Site,
    Trade,
    Zone,
)
from tests.cast import NOON, YUAN, Cast

PFLOPS = 1_000_000  # in GFLOPS


def micros(yuan: str | int) -> int:
    """Whole micros of a price written in yuan."""
    return int(Decimal(yuan) * YUAN)


@dataclass
class Deal:
    """A listing, the order that met it, and their trade (and what later rooms add)."""

    listing: Listing
    order: Order
    trade: Trade
    agreement: Agreement | None = None


class World:
    """The market at noon in Shanghai; `now` moves when a test says so."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.cast = Cast(now)
        self._ids = 0
        self._build_places()
        self._build_pools()

    def _build_places(self) -> None:
        self.city = City.objects.create(
            code="shanghai",
            name="Shanghai",
            name_zh="上海",
            province="shanghai",
            latitude_udeg=31_230_000,
            longitude_udeg=121_470_000,
        )
        self.west, self.east = (
            Zone.objects.create(
                code=code,
                kind="CLUSTER",
                name=name,
                name_zh=name_zh,
                province=province,
                province_name=province.title(),
                province_zh=name_zh[:2],
                side=side,
                latitude_udeg=36_000_000,
                longitude_udeg=longitude,
            )
            for code, name, name_zh, province, side, longitude in (
                ("qingyang", "Qingyang", "庆阳集群", "gansu", "WEST", 107_640_000),
                ("wuhu", "Wuhu", "芜湖集群", "anhui", "EAST", 118_430_000),
            )
        )
        self.west_site = self._site("qy-1", self.west, pue=1_180, carbon=420, rtt_us=24_000)
        self.east_site = self._site("wh-1", self.east, pue=1_250, carbon=650, rtt_us=7_000)
        self.link = CarrierLink.objects.create(
            carrier=self.cast.gwen.member,
            zone=self.east,
            city=self.city,
            capacity_gbps=100,
            price_micros_per_gbps_hour=YUAN,
            price_micros_per_gb=10_000,
            rtt_us=7_000,
        )

    def _site(self, code: str, zone: Zone, *, pue: int, carbon: int, rtt_us: int) -> Site:
        site = Site.objects.create(
            code=code,
            name=code.upper(),
            name_zh=code.upper(),
            owner=self.cast.ada.member,
            zone=zone,
            identifier=f"CN-{code}",
            latitude_udeg=zone.latitude_udeg,
            longitude_udeg=zone.longitude_udeg,
            pue_thousandths=pue,
            carbon_g_per_kwh=carbon,
        )
        NetworkMeasurement.objects.create(
            site=site,
            city=self.city,
            rtt_us=rtt_us,
            rtt_p95_us=rtt_us * 2,
            method="MEASURED",
            measured_at=self.now - timedelta(days=1),
        )
        return site

    def _build_pools(self) -> None:
        self.h100 = self._chip("h100-sxm", "nvidia", "CUDA", 80, gflops=989_000)
        self.ascend = self._chip("ascend-910b", "ascend", "CANN", 64, gflops=376_000)
        self.cpu = self._chip("cpu-slot", "cpu", "CPU", 4, gflops=100)
        self.west_pool = self._pool("qy-1-h100", self.west_site, self.h100, 64)
        self.east_pool = self._pool("wh-1-ascend", self.east_site, self.ascend, 128)
        self.process_pool = self._pool(
            "wh-1-cpu", self.east_site, self.cpu, 16, connector="process", per_node=1
        )

    def _chip(self, code: str, family: str, stack: str, memory_gb: int, gflops: int) -> ChipModel:
        return ChipModel.objects.create(
            code=code,
            name=code.upper(),
            vendor=family,
            family=family,
            stack=stack,
            memory_gb=memory_gb,
            memory_bandwidth_gbs=1_000,
            power_w=700,
            nominal_gflops=gflops,
            source="test",
        )

    def _pool(
        self,
        code: str,
        site: Site,
        chip: ChipModel,
        devices: int,
        connector: str = "simulated",
        per_node: int = 8,
    ) -> Pool:
        pool = Pool.objects.create(
            code=code,
            site=site,
            chip=chip,
            devices=devices,
            devices_per_node=per_node,
            scale_up_gbs=400 if per_node > 1 else 0,
            scale_out_gbps=200 if per_node > 1 else 0,
            connector=connector,
        )
        ConversionFactor.objects.create(
            pool=pool,
            gflops_per_device=chip.nominal_gflops,
            method="NOMINAL",
            measured_at=self.now - timedelta(days=1),
            valid_until=self.now + timedelta(days=179),
        )
        return pool

    def client_id(self) -> str:
        """A sender's id that was not used before."""
        self._ids += 1
        return f"test-{self._ids}"

    def hour(self, index: int = 0) -> datetime:
        """The start of an hour, counted from two hours after the world began."""
        return ceil_hour(NOON) + (2 + index) * HOUR

    def listing(
        self,
        *,
        pool: Pool | None = None,
        devices: int = 8,
        start: int = 0,
        hours: int = 24,
        price: str = "1.85",
        **more: Any,
    ) -> Listing:
        """Ada lists devices from a relative hour on; H100 in the west by default."""
        pool = pool or self.west_pool
        return publish_listing(
            seller_id=pool.site.owner_id,
            client_order_id=more.pop("client_order_id", None) or self.client_id(),
            pool_id=pool.pk,
            devices=devices,
            starts_at=self.hour(start),
            ends_at=self.hour(start + hours),
            ask_micros=micros(price),
            now=more.pop("now", self.now),
            **more,
        )

    def request(self, **more: Any) -> OrderRequest:
        """Eight devices for two hours within a day, at most ¥ 2 an hour, by default."""
        request = OrderRequest(
            unit="DEVICES",
            amount=8,
            hours=2,
            earliest=self.hour(0),
            latest=self.hour(24),
            limit_micros=micros("2.00"),
        )
        return msgspec.structs.replace(request, **more)

    def order(
        self, *, buyer_id: int | None = None, client_order_id: str | None = None, **more: Any
    ) -> Order:
        """Ben (or another) places an order; names are those of OrderRequest."""
        return place_order(
            buyer_id=buyer_id or self.cast.ben.id,
            client_order_id=client_order_id or self.client_id(),
            request=self.request(**more),
            now=self.now,
        )

    def deal(
        self,
        *,
        devices: int = 8,
        hours: int = 2,
        price: str = "1.85",
        pool: Pool | None = None,
        start: int = 0,
    ) -> Deal:
        """Ada sells to Ben: a listing, an order and their trade."""
        pool = pool or self.west_pool
        listing = self.listing(pool=pool, devices=devices, start=start, hours=hours, price=price)
        order = self.order(
            amount=devices,
            hours=hours,
            earliest=self.hour(start),
            latest=self.hour(start + hours),
            limit_micros=micros(price),
            chips_allowed=(pool.chip.code,),
        )
        return Deal(listing, order, Trade.objects.get(order=order, listing=listing))

    def linked_deal(self, *, start: int = 0, **more: Any) -> Deal:
        """Ada sells to Ben in the east, with Gwen's 10 Gbit/s and 40 GB to Shanghai."""
        listing = self.listing(pool=self.east_pool, start=start, hours=2)
        asks = {"city": "shanghai", "link_gbps": 10, "move_gb": 40}
        order = self.order(
            earliest=self.hour(start),
            latest=self.hour(start + 2),
            limit_micros=micros("4.00"),
            **asks | more,
        )
        return Deal(listing, order, Trade.objects.get(order=order, listing=listing))

    def agree(self, deal: Deal, *, accepting: bool = True) -> Agreement:
        """Conclude the deal's agreement; the parties accept the standard terms first."""
        publish_standard_terms(now=self.now)
        for player in (self.cast.ada, self.cast.ben, self.cast.gwen) if accepting else ():
            accept_standard_terms(member_id=player.id, person_id=player.person.pk, now=self.now)
        deal.agreement = conclude_agreement(trade_id=deal.trade.pk, now=self.now)
        return deal.agreement
