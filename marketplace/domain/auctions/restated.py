"""An auction's bid as an order of the market: what it asked of a place, once it is served."""

from datetime import datetime, timedelta
from typing import Any

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


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
