"""The scheduler of simulated sites: the same work at the same place and time, whoever asks."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from delivery.adapters.scheduler import SchedulerPlace
from delivery.domain.cluster import ClusterView, Node, Queued, Use
from exchange.units import BP
from exchange.window import MARKET_ZONE, floor_hour
from marketplace.models import Pool
from sandbox.sites import draw

SLOT_HOURS = 4
LANES = 16
# Percent of a lane's usual chance of being busy, by the slot of the day from 00:00: work is
# submitted by day, and long runs carry on into the night.
SEASON = (80, 55, 95, 125, 130, 115)
WEEKEND_PERCENT = 75


class SimulatedScheduler:
    """Makes up a queue and a history around what each pool says it uses itself."""

    def read(self, place: SchedulerPlace, *, since: datetime, now: datetime) -> ClusterView:
        """Return all pools of the site as partitions."""
        pools = list(Pool.objects.filter(site__code=place.site_code, active=True).order_by("code"))
        named = [(pool, place.partition_of(pool.code)) for pool in pools]
        history = [use for pool, name in named for use in _work(pool, name, floor_hour(since), now)]
        running = [use for use in history if use.ends_at > now]
        return ClusterView(
            read_at=now,
            history_from=since,
            nodes=tuple(node for pool, name in named for node in _nodes(pool, name)),
            running=tuple(running),
            queued=tuple(one for pool, name in named for one in _queue(pool, name, now)),
            history=tuple(
                Use(one.job, one.account, one.partition, one.devices, one.starts_at,
                    min(one.ends_at, now))
                for one in history
            ),
        )  # fmt: skip


def _nodes(pool: Pool, partition: str) -> Iterator[Node]:
    size = max(1, pool.devices_per_node)
    for first in range(0, pool.devices, size):
        devices = min(size, pool.devices - first)
        yield Node(f"{pool.code}-n{first // size:04}", frozenset({partition}), devices)


def _work(pool: Pool, partition: str, since: datetime, until: datetime) -> Iterator[Use]:
    """Yield jobs of four hours in up to sixteen lanes, busy as often as the pool's own use says."""
    lanes = min(LANES, pool.devices)
    size = pool.devices // lanes
    usual_bp = pool.own_use_devices * BP // pool.devices
    slot = since - timedelta(hours=since.hour % SLOT_HOURS)
    while slot < until:
        local = slot.astimezone(MARKET_ZONE)
        percent = SEASON[local.hour // SLOT_HOURS]
        if local.weekday() > 4:
            percent = percent * WEEKEND_PERCENT // 100
        for lane in range(lanes):
            if draw("work", pool.code, slot.isoformat(), lane) < usual_bp * percent // 100:
                name = f"own-{pool.code}-{lane}"
                yield Use(
                    name, "own", partition, size, slot, slot + SLOT_HOURS * timedelta(hours=1)
                )
        slot += timedelta(hours=SLOT_HOURS)


def _queue(pool: Pool, partition: str, now: datetime) -> Iterator[Queued]:
    if draw("queue", pool.code, floor_hour(now).isoformat()) < BP // 4:
        size = max(1, pool.devices // LANES)
        yield Queued(f"own-{pool.code}-next", "own", partition, size, SLOT_HOURS * 3600)
