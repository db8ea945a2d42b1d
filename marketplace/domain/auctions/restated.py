"""An auction's bid as an order of the market: what it asked of a place, once it is served."""

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

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
    )


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
