"""Links sold in a turn: a row each, their slots of the day, and the hold that is theirs."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Protocol

from exchange.book.events import Linked
from exchange.window import hour_start
from marketplace.actions.capacity import SLOTS, slot_of
from marketplace.actions.rows import TradeRow
from marketplace.actions.standing import OpenOrder
from marketplace.actions.statements import insert

LINK_TRADE_COLUMNS = {
    "id": "bigint",
    "trade_id": "bigint",
    "link_id": "bigint",
    "buyer_id": "bigint",
    "carrier_id": "bigint",
    "gbps": "int",
    "gb": "bigint",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "price_micros_per_gbps_hour": "bigint",
    "price_micros_per_gb": "bigint",
    "value_micros": "bigint",
    "vat_bp": "int",
    "held_micros": "bigint",
    "traded_at": "timestamptz",
}
INSERT_LINK_TRADES = insert("linktrade", LINK_TRADE_COLUMNS)
ADD_TO_LINK_DAYS = """
INSERT INTO marketplace_linkday AS d (link_id, day, capacity_gbps, sold_gbps)
SELECT r.link_id, r.day, r.capacity_gbps, r.sold_gbps
FROM json_to_recordset(%(rows)s)
     AS r(link_id bigint, day date, capacity_gbps int, sold_gbps int[])
ON CONFLICT (link_id, day) DO UPDATE
SET capacity_gbps = greatest(d.capacity_gbps, EXCLUDED.capacity_gbps),
    sold_gbps = marketplace_add_slots(d.sold_gbps, EXCLUDED.sold_gbps)
"""


class Selling(Protocol):
    """The turn in which links are sold: its time, its rows, and what it sets aside."""

    now: datetime
    orders: dict[int, OpenOrder]
    trades: list[TradeRow]
    new_id: Callable[[str], int]

    def note(self, number: int, kind: str, **columns: Any) -> None:
        """Add a row to the market's numbered life."""

    def capture(self, order: OpenOrder, reason: str, micros: int) -> None:
        """Move a gross value to a hold of its own."""


class LinkSales:
    """Takes the book's links one by one, each after the trade of its devices."""

    def __init__(self, gbps_of: Callable[[int], int]) -> None:
        """Begin without sales; `gbps_of` says how wide a link is offered."""
        self._gbps_of = gbps_of
        self.trades: list[dict[str, Any]] = []
        self._sold: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0] * SLOTS)

    def hear(self, turn: Selling, event: Linked) -> None:
        """Make the link's rows, and set aside its gross value under a reason of its own."""
        order, trade = turn.orders[event.order], turn.trades[-1]
        row = {
            "id": turn.new_id("linktrade"),
            "trade_id": trade.id,
            "link_id": event.link,
            "buyer_id": order.buyer,
            "carrier_id": event.carrier,
            "gbps": event.gbps,
            "gb": event.gb,
            "starts_at": hour_start(event.first_hour),
            "ends_at": hour_start(event.first_hour + event.hours),
            "price_micros_per_gbps_hour": event.price_micros_per_gbps_hour,
            "price_micros_per_gb": event.price_micros_per_gb,
            "value_micros": event.value_micros,
            "vat_bp": order.vat_bp,
            "held_micros": event.gross_micros,
            "traded_at": turn.now,
        }
        self.trades.append(row)
        facts = {"link_trade_id": row["id"], "trade_id": trade.id, "link_id": event.link}
        facts |= {"gbps": event.gbps, "gb": event.gb, "value_micros": event.value_micros}
        # The seller reads the events of its listing: the link is no part of it.
        turn.note(event.number, "LINKED", order_id=order.id, facts=facts)
        order.spent_micros += event.gross_micros
        turn.capture(order, f"link:{row['id']}", event.gross_micros)
        for hour in range(event.first_hour, event.first_hour + event.hours):
            day, slot = slot_of(hour)
            self._sold[(event.link, day)][slot] += event.gbps

    def written(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the statements with their rows."""
        days = [
            {"link_id": link, "day": day, "capacity_gbps": self._gbps_of(link), "sold_gbps": sold}
            for (link, day), sold in sorted(self._sold.items())
        ]
        return [(ADD_TO_LINK_DAYS, days), (INSERT_LINK_TRADES, self.trades)]
