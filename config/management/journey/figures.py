"""The day's figures, each asked of the database, not remembered from the run."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from billing.models import Invoice, Payout, Settlement
from contracts.models import Agreement
from delivery.models import AcceptanceTest, Allocation, Job, Reading, SealedUsage
from exchange.window import HOUR
from marketplace.models import LinkTrade, Listing, Order, Trade


@dataclass(frozen=True)
class Period:
    """The orders whose day this is, why some got nothing, and the market instants it spans."""

    order_ids: list[int]
    why_unfilled: dict[int, str]
    since: datetime
    until: datetime


def figures_of(period: Period) -> dict[str, Any]:
    """Return every printed count of the day."""
    return {
        **_traded(period),
        **_delivered(period),
        **_settled(period),
        "utilisation_bp": _utilisation(period.since, period.until),
    }


def _traded(period: Period) -> dict[str, Any]:
    orders = Order.objects.filter(pk__in=period.order_ids)
    trades = Trade.objects.filter(order_id__in=period.order_ids)
    links = LinkTrade.objects.filter(trade__order_id__in=period.order_ids)
    listings = Listing.objects.filter(accepted_at__gte=period.since, accepted_at__lt=period.until)
    rectangles = trades.values_list("devices", "starts_at", "ends_at")
    return {
        "listings": listings.count(),
        "orders": orders.count(),
        "filled": orders.filter(state="FILLED").count(),
        "partly_filled": orders.exclude(state="FILLED").filter(filled__gt=0).count(),
        "unfilled": orders.filter(filled=0).count(),
        "unfilled_by_reason": _unfilled_by_reason(period.order_ids, period.why_unfilled),
        "trades": trades.count(),
        "links": links.count(),
        "links_micros": links.aggregate(total=Sum("value_micros"))["total"] or 0,
        "device_hours_sold": sum(
            devices * ((ends - starts) // HOUR) for devices, starts, ends in rectangles
        ),
        "value_micros": trades.aggregate(total=Sum("value_micros"))["total"] or 0,
        "price_by_chip": _price_by_chip(period.order_ids),
    }


def _delivered(period: Period) -> dict[str, Any]:
    allocations = Allocation.objects.filter(agreement__trade__order_id__in=period.order_ids)
    by_state = allocations.values_list("state").annotate(n=Count("id")).order_by("state")
    passed = AcceptanceTest.objects.filter(allocation__in=allocations, passed=True)
    return {
        "agreements": Agreement.objects.filter(trade__order_id__in=period.order_ids).count(),
        "allocations": allocations.count(),
        "allocations_by_state": dict(by_state),
        "allocations_on_process": allocations.filter(connector="process").count(),
        "jobs_run": Job.objects.filter(allocation__in=allocations, state="SUCCEEDED").count(),
        "acceptance_tests_passed": passed.count(),
        "readings": Reading.objects.filter(allocation__in=allocations).count(),
        "sealed_hours": SealedUsage.objects.filter(allocation__in=allocations).count(),
    }


def _settled(period: Period) -> dict[str, Any]:
    settlements = Settlement.objects.filter(agreement__trade__order_id__in=period.order_ids)
    links = Settlement.objects.filter(agreement__link_trade__trade__order_id__in=period.order_ids)
    paid = Payout.objects.filter(
        recorded_at__gte=period.since, member__capabilities__contains=["CARRIER"]
    )
    sums = (settlements | links).aggregate(
        settled_micros=Sum("value_micros"),
        vat_micros=Sum("vat_micros"),
        damages_micros=Sum("damages_micros"),
        fee_micros=Sum("fee_micros"),
    )
    invoices = Invoice.objects.filter(issued_at__gte=period.since)
    payouts = Payout.objects.filter(recorded_at__gte=period.since)
    return {
        "settlements": settlements.count(),
        **{name: total or 0 for name, total in sums.items()},
        "links_settled_micros": links.aggregate(total=Sum("value_micros"))["total"] or 0,
        "link_payouts": paid.count(),
        "invoices": invoices.count(),
        "invoiced_fen": invoices.aggregate(total=Sum("total_fen"))["total"] or 0,
        "payouts": payouts.count(),
        "payable_fen": payouts.aggregate(total=Sum("amount_fen"))["total"] or 0,
    }


def _unfilled_by_reason(order_ids: list[int], why_unfilled: dict[int, str]) -> dict[str, int]:
    """Count the orders that got nothing by what stopped them when they arrived."""
    unfilled = Order.objects.filter(pk__in=order_ids, filled=0).values_list("pk", flat=True)
    return dict(Counter(why_unfilled[pk] for pk in unfilled).most_common())


def _price_by_chip(order_ids: list[int]) -> list[dict[str, Any]]:
    """Return device-hours and average price per chip model, most sold first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT chip.name, sum(t.devices * extract(epoch FROM t.ends_at - t.starts_at) / 3600)
                     ::bigint AS device_hours,
                   sum(t.value_micros)::bigint AS value_micros,
                   (sum(t.value_micros::numeric * 1000000) / sum(t.gflops_per_device::numeric
                     * t.devices * extract(epoch FROM t.ends_at - t.starts_at) / 3600))::bigint,
                   chip.stack = 'CPU'
            FROM marketplace_trade t JOIN marketplace_pool pool ON pool.id = t.pool_id
            JOIN marketplace_chipmodel chip ON chip.id = pool.chip_id
            WHERE t.order_id = ANY(%s) GROUP BY chip.name, chip.stack ORDER BY 2 DESC, 1
            """,
            [order_ids],
        )
        return [
            {
                "chip": name,
                "device_hours": hours,
                "micros_per_device_hour": value // hours,
                # Processor slots are rated in FP32: no price of theirs compares per PFLOPS-hour.
                "micros_per_pflops_hour": None if is_processor else per_pflops,
            }
            for name, hours, value, per_pflops, is_processor in cursor.fetchall()
        ]


def _utilisation(since: datetime, until: datetime) -> dict[str, int]:
    """Return compute utilisation before (sites' own use) and after (with what was delivered).

    In basis points of installed device-seconds: of all pools, and of those that sold.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH delivered AS (
                SELECT a.pool_id, sum(s.delivered_device_seconds) AS seconds
                FROM delivery_sealedusage s JOIN delivery_allocation a ON a.id = s.allocation_id
                WHERE s.run = 'II' AND s.hour_start >= %s AND s.hour_start < %s
                GROUP BY a.pool_id)
            SELECT sum(p.devices), sum(p.own_use_devices), coalesce(sum(d.seconds), 0),
                   sum(p.devices) FILTER (WHERE d.seconds > 0),
                   sum(p.own_use_devices) FILTER (WHERE d.seconds > 0)
            FROM marketplace_pool p LEFT JOIN delivered d ON d.pool_id = p.id WHERE p.active
            """,
            [since, until],
        )
        devices, own, seconds, sellers, sellers_own = (int(x or 0) for x in cursor.fetchone())
    period = int((until - since).total_seconds())

    def share(used: int, installed: int) -> int:
        return used * 10_000 // (installed * period) if installed else 0

    return {
        "before": share(own * period, devices),
        "after": share(own * period + seconds, devices),
        "sellers_before": share(sellers_own * period, sellers),
        "sellers_after": share(sellers_own * period + seconds, sellers),
    }
