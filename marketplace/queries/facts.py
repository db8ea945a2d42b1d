"""Facts that the book reads, as the commands that tell it of them."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from accounts.models import Member
from exchange.book import commands as said
from exchange.window import HOUR, day_start, hour_number
from marketplace.models import CapacityDay, CarrierLink, ChipModel, Halt, LinkDay, TradingLimit
from marketplace.queries.references import references_at

# The conversion factor in force and the newest round-trip times, each gathered by pool.
_POOLS = """
SELECT p.id, s.owner_id, c.code, c.family, c.stack, c.memory_gb, p.scale_up_gbs,
       p.scale_out_gbps, z.code, s.pue_thousandths, s.carbon_g_per_kwh, p.devices,
       p.devices_per_node, p.active AND s.active, w.gflops, w.methods,
       coalesce(r.rtt, '{}')
FROM marketplace_pool p
JOIN marketplace_chipmodel c ON c.id = p.chip_id
JOIN marketplace_site s ON s.id = p.site_id
JOIN marketplace_zone z ON z.id = s.zone_id
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(v.class, coalesce(f.gflops_per_device, c.nominal_gflops)) AS gflops,
           jsonb_object_agg(v.class, coalesce(f.method, 'NOMINAL')) AS methods
    FROM unnest(%(classes)s::text[]) AS v(class)
    LEFT JOIN LATERAL (
        SELECT gflops_per_device, method FROM marketplace_conversionfactor
        WHERE pool_id = p.id AND workload_class = v.class
          AND measured_at <= %(now)s AND valid_until > %(now)s
        ORDER BY array_position(ARRAY['LABORATORY', 'MEASURED', 'NOMINAL'], method::text),
                 measured_at DESC, id DESC LIMIT 1) f ON true) w
LEFT JOIN (
    SELECT site_id, jsonb_object_agg(code, rtt_us) AS rtt FROM (
        SELECT DISTINCT ON (m.site_id, m.city_id) m.site_id, t.code, m.rtt_us
        FROM marketplace_networkmeasurement m JOIN marketplace_city t ON t.id = m.city_id
        WHERE m.measured_at <= %(now)s
        ORDER BY m.site_id, m.city_id, m.measured_at DESC, m.id DESC) newest
    GROUP BY site_id) r ON r.site_id = s.id
ORDER BY p.id
"""


def pool_facts(
    now: datetime, classes: tuple[str, ...]
) -> Iterator[tuple[said.Pool, dict[str, str]]]:
    """Yield every pool with figures valid at `now`, and its factors' methods by workload class."""
    reserved = auctioned_hours(now)
    with connection.cursor() as cursor:
        cursor.execute(_POOLS, {"now": now, "classes": list(classes)})
        for row in cursor.fetchall():
            gflops, methods, rtt = map(json.loads, row[14:])
            yield (
                said.Pool(
                    pool=row[0],
                    seller=row[1],
                    chip=row[2],
                    family=row[3],
                    stack=row[4],
                    memory_gb=row[5],
                    scale_up_gbs=row[6],
                    scale_out_gbps=row[7],
                    zone=row[8],
                    pue_thousandths=row[9],
                    carbon_g_per_kwh=row[10],
                    devices=row[11],
                    devices_per_node=row[12],
                    active=row[13],
                    gflops=gflops,
                    rtt_us=rtt,
                    reserved=reserved.get(row[0], ()),
                ),
                methods,
            )


def auctioned_hours(now: datetime) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the devices of each pool that stand in call auctions, by hour, from yesterday on."""
    days = CapacityDay.objects.filter(day__gte=(now - timedelta(days=2)).date())
    days = days.exclude(in_auctions=[0] * 24)
    found: dict[int, list[tuple[int, int]]] = {}
    for pool_id, day, devices in days.order_by("day").values_list("pool_id", "day", "in_auctions"):
        first = hour_number(day_start(day))
        hours = [(first + slot, count) for slot, count in enumerate(devices) if count]
        found.setdefault(pool_id, []).extend(hours)
    return {pool_id: tuple(hours) for pool_id, hours in found.items() if hours}


def taken_hours(now: datetime) -> dict[int, dict[int, int]]:
    """Return the devices of each pool in orders or contracted, by hour, from yesterday on."""
    days = CapacityDay.objects.filter(day__gte=(now - timedelta(days=2)).date())
    found: dict[int, dict[int, int]] = {}
    rows = days.values_list("pool_id", "day", "in_orders", "contracted")
    for pool_id, day, in_orders, contracted in rows:
        first = hour_number(day_start(day))
        taken = map(sum, zip(in_orders, contracted, strict=True))
        hours = found.setdefault(pool_id, {})
        hours.update({first + slot: count for slot, count in enumerate(taken) if count})
    return found


def auctioned_gbps(now: datetime) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return the Gbit/s of each link that stand in call auctions, by hour, from yesterday on."""
    days = LinkDay.objects.filter(day__gte=(now - timedelta(days=2)).date())
    days = days.exclude(in_auctions_gbps=[0] * 24)
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    rows = days.order_by("day").values_list("link_id", "day", "in_auctions_gbps")
    for link_id, day, auctioned in rows:
        first = hour_number(day_start(day))
        hours = tuple((first + slot, gbps) for slot, gbps in enumerate(auctioned) if gbps)
        found[link_id] = found.get(link_id, ()) + hours
    return found


def link_facts(now: datetime) -> Iterator[said.Link]:
    """Yield every carrier's link as it is offered, with what of it stands in auctions."""
    reserved = auctioned_gbps(now)
    rows = CarrierLink.objects.order_by("pk").values_list(
        "pk",
        "carrier_id",
        "zone__code",
        "city__code",
        "capacity_gbps",
        "price_micros_per_gbps_hour",
        "price_micros_per_gb",
        "rtt_us",
        "active",
    )
    for pk, carrier, zone, city, gbps, by_hour, by_gb, rtt_us, active in rows:
        yield said.Link(
            link=pk,
            carrier=carrier,
            zone=zone,
            city=city,
            gbps=gbps,
            price_micros_per_gbps_hour=by_hour,
            price_micros_per_gb=by_gb,
            rtt_us=rtt_us,
            reserved=reserved.get(pk, ()),
            active=active,
        )


def sold_of_links(now: datetime) -> dict[int, dict[int, int]]:
    """Return the Gbit/s of each link that are sold, by hour, from yesterday on."""
    days = LinkDay.objects.filter(day__gte=(now - timedelta(days=2)).date())
    found: dict[int, dict[int, int]] = {}
    for link_id, day, sold in days.values_list("link_id", "day", "sold_gbps"):
        first = hour_number(day_start(day))
        hours = found.setdefault(link_id, {})
        hours.update({first + slot: gbps for slot, gbps in enumerate(sold) if gbps})
    return found


def member_facts() -> Iterator[said.Member]:
    """Yield every member as it stands."""
    rows = Member.objects.order_by("pk")
    for pk, owner, capabilities, state in rows.values_list(
        "pk", "beneficial_owner", "capabilities", "state"
    ):
        yield said.Member(
            member=pk,
            owner=owner or f"member:{pk}",
            capabilities=tuple(capabilities),
            state=state,
        )


def reference_facts(now: datetime) -> Iterator[said.Reference]:
    """Yield the reference price in force of each chip model."""
    for _, found in sorted(references_at(now).items()):
        yield said.Reference(
            chip=found.chip,
            price_micros=found.price_micros,
            nominal_gflops=found.nominal_gflops,
        )


def limit_facts() -> Iterator[said.Limit]:
    """Yield the order-entry limits: everybody's as of member 0."""
    for row in TradingLimit.objects.order_by("pk"):
        yield said.Limit(
            member=row.member_id or 0,
            most_order_micros=row.most_order_micros,
            most_order_devices=row.most_order_devices,
            most_open_micros=row.most_open_micros,
            most_messages=row.most_messages,
        )


def halts_in_force() -> dict[tuple[str, str], Halt]:
    """Return halts that are in force by scope and subject, as the book names them."""
    return _by_subject(Halt.objects.filter(resumed_at=None))


def halts_heard_of() -> dict[tuple[str, str], Halt]:
    """Return halts that the market has numbered and whose end it has not."""
    return _by_subject(Halt.objects.filter(resumed_number=None).exclude(halted_number=None))


def halts_never_heard_of() -> dict[tuple[str, str], Halt]:
    """Return halts that were over before the market looked."""
    return _by_subject(Halt.objects.filter(halted_number=None).exclude(resumed_at=None))


def _by_subject(halts: "QuerySet[Halt]") -> dict[tuple[str, str], Halt]:
    chips = dict(ChipModel.objects.values_list("pk", "code"))
    found = {}
    for halt in halts.order_by("pk"):
        subject = {"MEMBER": str(halt.subject_id), "CHIP": chips.get(halt.subject_id or 0, "")}
        found[(halt.scope, subject.get(halt.scope, ""))] = halt
    return found


def clock_fact(now: datetime, *, gate_minutes: int, second: int) -> said.Clock:
    """Return the clock as the book hears of it."""
    first_open = hour_number(now + timedelta(minutes=gate_minutes) + HOUR)
    return said.Clock(now_s=int(now.timestamp()), first_open=first_open, second=second)
