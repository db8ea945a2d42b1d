"""What of an auction's outcome was traded in a turn: awards, devices, links, and their orders."""

from collections import defaultdict
from datetime import date
from typing import Any

from marketplace.actions.capacity import SLOTS, slot_of

LEAVE_AUCTIONS = """
UPDATE marketplace_capacityday AS c
SET in_auctions = marketplace_add_slots(c.in_auctions, r.in_auctions)
FROM json_to_recordset(%(rows)s) AS r(pool_id bigint, day date, in_auctions int[])
WHERE c.pool_id = r.pool_id AND c.day = r.day
"""
LEAVE_AUCTIONS_OF_LINKS = """
UPDATE marketplace_linkday AS d
SET in_auctions_gbps = marketplace_add_slots(d.in_auctions_gbps, r.in_auctions_gbps)
FROM json_to_recordset(%(rows)s) AS r(link_id bigint, day date, in_auctions_gbps int[])
WHERE d.link_id = r.link_id AND d.day = r.day
"""
MARK_LINK_AWARDS = """
UPDATE marketplace_auctionlinkaward AS a SET link_trade_id = r.link_trade_id
FROM json_to_recordset(%(rows)s) AS r(id bigint, link_trade_id bigint) WHERE a.id = r.id
"""
MARK_AWARDS = """
UPDATE marketplace_auctionaward AS a SET trade_id = r.trade_id
FROM json_to_recordset(%(rows)s) AS r(id bigint, trade_id bigint) WHERE a.id = r.id
"""
MARK_ORDERS = """
UPDATE marketplace_auctionorder AS o SET state = 'TRADED'
FROM json_to_recordset(%(rows)s) AS r(id bigint) WHERE o.id = r.id
"""


class _Left:
    """What leaves auctions, by its owner's number, day and slot."""

    def __init__(self) -> None:
        self._slots: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0] * SLOTS)

    def take(self, owner: int, first_hour: int, hours: int, amount: int) -> None:
        for hour in range(first_hour, first_hour + hours):
            day, slot = slot_of(hour)
            self._slots[owner, day][slot] -= amount

    def rows(self, owner_field: str, column: str) -> list[dict[str, Any]]:
        return [
            {owner_field: owner, "day": day, column: slots}
            for (owner, day), slots in sorted(self._slots.items())
        ]


class AwardsTraded:
    """Takes awards one by one as their trades are made."""

    def __init__(self) -> None:
        """Begin without any."""
        self._awards: list[dict[str, Any]] = []
        self._orders: list[dict[str, Any]] = []
        self._links: list[dict[str, Any]] = []
        self._left, self._links_left = _Left(), _Left()

    def mark(self, award_id: int, trade_id: int) -> None:
        """Note the trade that an award became."""
        self._awards.append({"id": award_id, "trade_id": trade_id})

    def mark_order(self, auction_order_id: int) -> None:
        """Note an auction's order all of whose awards are traded."""
        self._orders.append({"id": auction_order_id})

    def leave(self, pool_id: int, first_hour: int, hours: int, devices: int) -> None:
        """Take devices of consecutive hours out of the auction."""
        self._left.take(pool_id, first_hour, hours, devices)

    def mark_link(self, award_id: int, link_trade_id: int) -> None:
        """Note the link trade that a link's award became."""
        self._links.append({"id": award_id, "link_trade_id": link_trade_id})

    def leave_link(self, link_id: int, first_hour: int, hours: int, gbps: int) -> None:
        """Take Gbit/s of consecutive hours out of the auction."""
        if gbps:
            self._links_left.take(link_id, first_hour, hours, gbps)

    def links_left(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the statement that takes links out, to run before they are sold."""
        return [(LEAVE_AUCTIONS_OF_LINKS, self._links_left.rows("link_id", "in_auctions_gbps"))]

    def written(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """Return the statements with their rows."""
        return [
            (LEAVE_AUCTIONS, self._left.rows("pool_id", "in_auctions")),
            (MARK_AWARDS, self._awards),
            (MARK_LINK_AWARDS, self._links),
            (MARK_ORDERS, self._orders),
        ]
