"""What each pool offers, seen from a city and a workload class: one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.db import connection

from exchange.requirement import Place
from marketplace.domain.checks import FIRMNESS

View = tuple[int | None, str]

_SQL = """
SELECT p.id AS pool_id, p.code AS pool_code, p.devices, p.devices_per_node, p.scale_up_gbs,
       p.scale_out_gbps, p.chip_id, c.code AS chip_code, c.name AS chip_name, c.family, c.stack,
       c.memory_gb, c.power_w, s.id AS site_id, s.code AS site_code, s.name AS site_name,
       s.name_zh AS site_name_zh, s.owner_id, s.pue_thousandths, s.carbon_g_per_kwh,
       z.code AS zone_code, v.city_id, v.workload_class,
       coalesce(f.gflops_per_device, c.nominal_gflops) AS gflops_per_device,
       coalesce(f.method, 'NOMINAL') AS factor_method,
       extract(epoch FROM f.measured_at)::bigint AS factor_epoch,
       r.rtt_us, r.method AS rtt_method, extract(epoch FROM r.measured_at)::bigint AS rtt_epoch
FROM unnest(%(cities)s::bigint[], %(workloads)s::text[]) AS v(city_id, workload_class)
CROSS JOIN marketplace_pool p
JOIN marketplace_chipmodel c ON c.id = p.chip_id
JOIN marketplace_site s ON s.id = p.site_id AND s.active
JOIN marketplace_zone z ON z.id = s.zone_id
LEFT JOIN LATERAL (
    SELECT gflops_per_device, method, measured_at FROM marketplace_conversionfactor
    WHERE pool_id = p.id AND workload_class = v.workload_class
      AND measured_at <= %(now)s AND valid_until > %(now)s
    ORDER BY array_position(ARRAY['LABORATORY', 'MEASURED', 'NOMINAL'], method::text),
             measured_at DESC, id DESC LIMIT 1) f ON true
LEFT JOIN LATERAL (
    SELECT rtt_us, method, measured_at FROM marketplace_networkmeasurement
    WHERE site_id = s.id AND city_id = v.city_id AND measured_at <= %(now)s
    ORDER BY measured_at DESC, id DESC LIMIT 1) r ON true
WHERE p.active AND (%(pools)s::bigint[] IS NULL OR p.id = ANY(%(pools)s))
  AND (%(families)s = '{}' OR c.family = ANY(%(families)s))
  AND (%(chips)s = '{}' OR c.code = ANY(%(chips)s))
  AND (%(stack)s = '' OR c.stack = %(stack)s)
  AND (%(zones)s = '{}' OR z.code = ANY(%(zones)s))
  AND c.memory_gb >= %(memory_gb)s
ORDER BY p.id
"""


@dataclass(frozen=True)
class PoolView:
    """A pool as an order sees it: RTT to its city, factor for its workload."""

    pool_id: int
    pool_code: str
    devices: int
    devices_per_node: int
    scale_up_gbs: int
    scale_out_gbps: int
    chip_id: int
    chip_code: str
    chip_name: str
    family: str
    stack: str
    memory_gb: int
    power_w: int
    site_id: int
    site_code: str
    site_name: str
    site_name_zh: str
    owner_id: int
    pue_thousandths: int
    carbon_g_per_kwh: int
    zone_code: str
    city_id: int | None
    workload_class: str
    gflops_per_device: int
    factor_method: str
    factor_epoch: int | None
    rtt_us: int | None
    rtt_method: str | None
    rtt_epoch: int | None

    @property
    def factor_measured_at(self) -> datetime | None:
        """Return when the conversion factor was measured (or stated); None without one."""
        return None if self.factor_epoch is None else datetime.fromtimestamp(self.factor_epoch, UTC)

    @property
    def rtt_measured_at(self) -> datetime | None:
        """Return when the round trip was measured; None where it is estimated or unknown."""
        if self.rtt_epoch is None or self.rtt_method != "MEASURED":
            return None
        return datetime.fromtimestamp(self.rtt_epoch, UTC)

    @cached_property
    def places(self) -> dict[str, Place]:
        """Return the pool's facts as a requirement asks for them, one for each firmness."""
        return {firmness: self._place(firmness) for firmness in FIRMNESS}

    def _place(self, firmness: str) -> Place:
        return Place(
            family=self.family,
            chip=self.chip_code,
            stack=self.stack,
            memory_gb=self.memory_gb,
            scale_up_gbs=self.scale_up_gbs,
            scale_out_gbps=self.scale_out_gbps,
            zone=self.zone_code,
            pue_thousandths=self.pue_thousandths,
            carbon_g_per_kwh=self.carbon_g_per_kwh,
            firmness=firmness,
            rtt_us=self.rtt_us,
        )


@dataclass(frozen=True)
class Narrowing:
    """Conditions that the database checks first, so that few rows travel."""

    families: tuple[str, ...] = ()
    chips: tuple[str, ...] = ()
    stack: str = ""
    zones: tuple[str, ...] = ()
    memory_gb: int = 0


EVERYTHING = Narrowing()


def pool_views(
    views: Sequence[View],
    *,
    now: datetime,
    pools: Sequence[int] | None = None,
    narrowing: Narrowing = EVERYTHING,
) -> list[PoolView]:
    """Return each pool for each (city id, workload class), with figures valid at `now`."""
    parameters: dict[str, Any] = {
        "cities": [city_id for city_id, _ in views],
        "workloads": [workload for _, workload in views],
        "now": now,
        "pools": None if pools is None else list(pools),
        "families": list(narrowing.families),
        "chips": list(narrowing.chips),
        "stack": narrowing.stack,
        "zones": list(narrowing.zones),
        "memory_gb": narrowing.memory_gb,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, parameters)
        names = [column.name for column in cursor.description or ()]
        return [PoolView(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]
