"""An auction's bid as an order of the market: what it asked of a place, once it is served."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from exchange.units import TICK_MICROS, ceil_div
from exchange.window import hour_start
from marketplace.domain.entry import Awarded, LinkAwarded
from marketplace.domain.order_request import OrderRequest

Json = dict[str, Any]


def request_of(bid: Json, starts_at: datetime) -> OrderRequest:
    """Return what a bid of docs/auction-format.md requires; hours and price come with its awards.

    `starts_at` is the auction's first hour, from which the bid counts.
    """
    wanted = {name: _plain(value) for name, value in bid.get("requires", {}).items()}
    earliest = starts_at + timedelta(hours=bid.get("earliest", 0))
    return OrderRequest(
        unit="DEVICES",
        amount=1,
        hours=1,
        earliest=earliest,
        latest=earliest + timedelta(hours=1),
        limit_micros=1,
        city=bid.get("city") or None,
        workload_class=bid.get("workload_class", "TRAINING"),
        **wanted,
    )


def as_filled(request: OrderRequest, lots: Sequence[Awarded], *, held_micros: int) -> OrderRequest:
    """Return what an order asked for as it was filled: hours, devices, link, what it cost.

    `lots` are its awards of the same hours. The link is what carries for them in an hour at most.
    """
    first, hours = lots[0].first_hour, len(lots[0].prices_micros)
    dearest = max(ceil_div(_net_micros(one), one.devices * hours) for one in lots)
    links = [link for one in lots for link in one.links]
    return replace(
        request,
        unit="DEVICES",
        amount=sum(one.devices for one in lots),
        hours=hours,
        earliest=hour_start(first),
        latest=hour_start(first) + timedelta(hours=hours),
        limit_micros=ceil_div(dearest, TICK_MICROS) * TICK_MICROS,
        budget_micros=held_micros,
        link_gbps=max(_gbps_in(links, hour) for hour in range(first, first + hours)),
        move_gb=sum(link.gb for link in links),
        firmness=tuple(sorted({one.firmness for one in lots})),
        splittable=len(lots) > 1,
        time_in_force="GFA",
    )


def _net_micros(one: Awarded) -> int:
    """Return what an award costs with what carries for it."""
    links = sum(
        link.gbps * link.hours * link.price_micros_per_gbps_hour
        + link.gb * link.price_micros_per_gb
        for link in one.links
    )
    return one.devices * sum(one.prices_micros) + links


def _gbps_in(links: Sequence[LinkAwarded], hour: int) -> int:
    return sum(
        link.gbps for link in links if link.first_hour <= hour < link.first_hour + link.hours
    )


def rolling_request(
    bid: Json, starts_at: datetime, *, auction_hours: int, budget_micros: int | None
) -> OrderRequest:
    """Return a rejected bid as an order of the continuous market, with its own limit and window.

    There a divisible bid takes consecutive hours, in lots at any number of sites; every other
    one takes one site.
    """
    first, end = bid.get("earliest", 0), bid.get("latest", auction_hours)
    return replace(
        request_of(bid, starts_at),
        unit=bid.get("unit", "DEVICES"),
        amount=bid["amount"],
        hours=bid.get("hours", end - first),
        latest=starts_at + timedelta(hours=end),
        limit_micros=bid["limit_micros"],
        budget_micros=budget_micros,
        splittable=bid["kind"] == "DIVISIBLE",
        link_gbps=bid.get("link_gbps", 0),
        move_gb=bid.get("move_gb", 0),
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
