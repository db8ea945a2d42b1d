"""Sellers list: price lines on pools of that chip, the rest at reference prices."""

from collections import Counter
from datetime import datetime, timedelta

from config.management.progress import Progress
from exchange.refusal import Refused
from marketplace.actions import publish_listing
from marketplace.models import Pool, ReferencePrice
from sandbox.market.prices import PricedOffer
from sandbox.traders import ask_of

HORIZON = timedelta(hours=48)
# Hours of the first day in which this machine's own CPU slots are for sale, so that
# real work fits into the minutes that a journey takes.
PROCESS_OPENS, PROCESS_CLOSES = timedelta(hours=6), timedelta(hours=18)
# Idle hours are cheaper at night (00:00 to 08:00 Asia/Shanghai).
NIGHT_PERCENT, DAY_PERCENT = 80, 105
MAX_SHARE_PERCENT = 70


class Sellers:
    """Publishes the day's listings and counts those that the market refused, by code.

    With `pools`, only that many of the pools have something to sell, spread over all.
    """

    def __init__(self, *, day_start: datetime, now: datetime, pools: int | None = None) -> None:
        self.day_start, self.now = day_start, now
        self.refused: Counter[str] = Counter()
        self.published = 0
        every = list(Pool.objects.filter(active=True).select_related("chip", "site").order_by("id"))
        self.pools = every[:: max(1, len(every) // pools)][:pools] if pools else every
        self.reference: dict[int, int] = {}
        for price in ReferencePrice.objects.order_by("as_of", "id"):
            self.reference[price.chip_id] = price.price_micros

    def list_all(self, offers: list[PricedOffer]) -> None:
        """List every offer that fits a pool, then every pool without a price line."""
        priced = {offer.chip for offer in offers}
        others = [pool for pool in self.pools if pool.chip.code not in priced]
        bar = Progress("listings", len(offers) + len(others))
        turn: Counter[str] = Counter()
        for offer in offers:
            pools = [pool for pool in self.pools if pool.chip.code == offer.chip]
            if pools:
                self._list_offer(offer, pools[turn[offer.chip] % len(pools)])
                turn[offer.chip] += 1
            else:
                self.refused["no pool of that chip"] += 1
            bar.step()
        for pool in others:
            self._list_pool(pool)
            bar.step()

    def _list_offer(self, offer: PricedOffer, pool: Pool) -> None:
        self._publish(
            pool,
            offer.source_id,
            min(offer.devices, pool.devices),
            self.day_start,
            self.day_start + HORIZON,
            offer.ask_micros,
        )

    def _list_pool(self, pool: Pool) -> None:
        base = self.reference.get(pool.chip_id)
        if base is None:
            return
        if pool.connector == "process":
            opens, closes = self.day_start + PROCESS_OPENS, self.day_start + PROCESS_CLOSES
            self._publish(pool, "cpu", pool.devices, opens, closes, base)
            return
        devices = max(1, pool.devices * MAX_SHARE_PERCENT // 100)
        for day in (0, 1):
            start = self.day_start + timedelta(days=day)
            for name, first, last, percent in (
                ("night", 0, 8, NIGHT_PERCENT),
                ("day", 8, 24, DAY_PERCENT),
            ):
                self._publish(
                    pool,
                    f"{name}{day}",
                    devices,
                    start + timedelta(hours=first),
                    start + timedelta(hours=last),
                    ask_of(base, pool_id=pool.pk, percent=percent),
                )

    def _publish(
        self, pool: Pool, name: str, devices: int, starts: datetime, ends: datetime, ask: int
    ) -> None:
        try:
            publish_listing(
                seller_id=pool.site.owner_id,
                client_order_id=f"{self.day_start:%Y%m%d}-{pool.pk}-{name}",
                pool_id=pool.pk,
                devices=devices,
                starts_at=starts,
                ends_at=ends,
                ask_micros=ask,
                now=self.now,
            )
        except Refused as refusal:
            self.refused[refusal.code] += 1
        else:
            self.published += 1
