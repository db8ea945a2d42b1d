"""Figures for Prometheus: requests by route, and how long work waits between rooms.

One process needs nothing else. With several web processes set PROMETHEUS_MULTIPROC_DIR to an
empty folder that they share; the figures of the market are queries and the same in each.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from contracts.models import Agreement
from delivery.models import SealedLinkHour, SealedUsage
from marketplace.models import Order, Trade
from timetable.queries import clock_state

REQUESTS = Counter("gridhour_requests", "Requests answered", ["route", "method", "status"])
LATENCY = Histogram(
    "gridhour_request_seconds",
    "Time to answer a request",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer the figures; outside the sandbox only to the bearer of METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    if not (constant_time_compare(given, token) if token else settings.SANDBOX_MARKET):
        raise Http404
    market = CollectorRegistry()
    market.register(MarketFigures())
    body = generate_latest(_process_registry()) + generate_latest(market)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _process_registry() -> CollectorRegistry:
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class MarketFigures(Collector):
    """Figures of the market by query: each is one index look-up."""

    def collect(self) -> Iterator[Metric]:
        """Yield orders, trades, the clock, and the queues between rooms."""
        clock = clock_state()
        yield GaugeMetricFamily("gridhour_last_order", "Newest order's number", _highest(Order))
        yield GaugeMetricFamily("gridhour_last_trade", "Newest trade's number", _highest(Trade))
        yield GaugeMetricFamily("gridhour_clock_factor", "Market seconds a second", clock.factor)
        waiting = GaugeMetricFamily("gridhour_waiting", "Items that wait", labels=["stage"])
        oldest = GaugeMetricFamily(
            "gridhour_waiting_oldest_market_seconds", "Wait of the oldest", labels=["stage"]
        )
        for stage, (rows, since) in _handovers().items():
            found = rows.aggregate(count=Count("pk"), oldest=Min(since))
            waiting.add_metric([stage], found["count"])
            oldest.add_metric([stage], _age_seconds(found["oldest"], clock.market_now))
        yield waiting
        yield oldest


def _handovers() -> dict[str, tuple[QuerySet[Any], str]]:
    """Return what waits between two rooms, and the instant since which it waits."""
    return {
        "agreement": (Trade.objects.filter(agreement=None), "traded_at"),
        "allocation": (Agreement.objects.filter(allocation=None, link_trade=None), "concluded_at"),
        "settlement": (SealedUsage.objects.filter(settlement=None), "hour_start"),
        "link_settlement": (SealedLinkHour.objects.filter(settlement=None), "hour_start"),
    }


def _highest(model: type[Model]) -> int:
    highest: int | None = model._default_manager.aggregate(highest=Max("pk"))["highest"]
    return highest or 0


def _age_seconds(since: datetime | None, now: datetime) -> float:
    return max((now - since).total_seconds(), 0) if since else 0
