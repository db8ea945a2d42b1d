"""A turn at the market: what the book answered, gathered as rows that one commit writes."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from accounts.actions import DeedsOfATurn
from exchange.book import events as book
from ledger.actions import TurnPostings
from marketplace.actions.awards import AwardsTraded
from marketplace.actions.capacity import CapacityChange
from marketplace.actions.links import LinkSales
from marketplace.actions.passing import passing_of
from marketplace.actions.rows import (
    EventRow,
    ExecutionRow,
    OrderRow,
    TradeRow,
    hour_at,
    hour_text,
)
from marketplace.actions.standing import OpenListing, OpenOrder
from marketplace.actions.together import Row
from marketplace.domain.lifecycles import FILLED, LISTING, ORDER, PARTLY_FILLED

NOBODY: frozenset[int] = frozenset()


class Turn:
    """Takes the book's events one by one; `statements` says what writes them."""

    def __init__(
        self,
        now: datetime,
        *,
        orders: dict[int, OpenOrder],
        listings: dict[int, OpenListing],
        new_id: Callable[[str], int],
        method_of: Callable[[int, str], str],
        gbps_of: Callable[[int], int],
    ) -> None:
        """Begin a turn over what is open; the last two know a factor's method, a link's width."""
        self.now, self.orders, self.listings = now, orders, listings
        self.new_id, self._method_of = new_id, method_of
        # The rows of new orders: what was sent, and what the market adds.
        self.new_orders: dict[int, tuple[bytes, OrderRow]] = {}
        self.new_listings: dict[int, Row] = {}
        self.touched_orders: dict[int, OpenOrder] = {}
        self.touched_listings: dict[int, OpenListing] = {}
        self.executions: list[ExecutionRow] = []
        self.trades: list[TradeRow] = []
        self.events: list[EventRow] = []
        self.halts: list[Row] = []
        self.days: dict[tuple[int, Any], int] = {}
        self.deeds = DeedsOfATurn()
        self.records: list[Row] = []
        self.postings = TurnPostings()
        self.capacity = CapacityChange()
        self.links = LinkSales(gbps_of)
        self.awards = AwardsTraded()
        self._execution = (0, 0)
        self._passing: frozenset[int] | set[int] = NOBODY

    def hear(self, events: Sequence[book.Happened]) -> None:
        """Turn the events of one command into rows; halts are numbered by who told of them.

        An order that is over within its own command never rested: it holds nothing, and what it
        has bought is set aside straight from its buyer's trading funds.
        """
        self._passing = passing_of(events) if len(events) > 1 else NOBODY
        for event in events:
            handler = _HEARD.get(type(event))
            if handler is not None:
                handler(self, event)

    def note(self, number: int, kind: str, **columns: Any) -> None:
        """Add a row to the market's numbered life."""
        self.events.append(EventRow(number, kind, **columns))

    def _accepted(self, event: book.Accepted) -> None:
        if event.side == book.BUY:
            self.touched_orders[event.id] = order = self.orders[event.id]
            order.arrival = event.number
            self.note(event.number, "ORDER_ACCEPTED", order_id=event.id)
            if event.id not in self._passing:
                self._set_aside(order, event.held_micros)
        else:
            self.touched_listings[event.id] = listing = self.listings[event.id]
            listing.arrival = event.number
            self.note(event.number, "LISTING_ACCEPTED", listing_id=event.id)
            self.capacity.add_in_orders(listing.pool, listing.first_hour, listing.free)

    def _traded(self, event: book.Traded) -> None:
        order, listing = self.orders[event.order], self.listings[event.listing]
        trade = self._trade_row(event, order, listing)
        self.trades.append(trade)
        self.note(
            event.number,
            "TRADED",
            order_id=order.id,
            listing_id=listing.id,
            facts={
                "trade_id": trade.id,
                "devices": event.devices,
                "starts_at": hour_text(event.first_hour),
                "ends_at": hour_text(event.first_hour + event.hours),
                "price_micros": event.price_micros,
                "filled": event.credited,
            },
        )
        self.capture(order, f"trade:{trade.id}", event.gross_micros)
        hours, devices = event.hours, event.devices
        self.capacity.contract(event.pool, event.first_hour, hours=hours, devices=devices)
        self._take(listing, event.first_hour, event.hours, event.devices)
        order.filled += event.credited
        order.spent_micros += event.gross_micros
        after = FILLED if order.filled >= order.amount else PARTLY_FILLED
        ORDER.check(order.state, after)
        # The end of a filled order is an event of its own.
        order.state = after if after == PARTLY_FILLED else order.state
        self.touched_orders[order.id] = order

    def _set_aside(self, order: OpenOrder, micros: int) -> None:
        self.postings.hold(member_id=order.buyer, order_id=order.id, micros=micros)

    def capture(self, order: OpenOrder, reason: str, micros: int) -> None:
        """Move a gross value out of the order's hold, or of trading funds, to a hold of its own."""
        paid: Row = {"member_id": order.buyer, "reason": reason, "micros": micros}
        if order.id in self._passing:
            self.postings.pay(**paid)
        else:
            self.postings.move(order_id=order.id, **paid)

    def _trade_row(self, event: book.Traded, order: OpenOrder, listing: OpenListing) -> TradeRow:
        return TradeRow(
            self.new_id("trade"),
            self._execution_of(event.arrival),
            order.id,
            listing.id,
            order.buyer,
            listing.seller,
            event.pool,
            event.devices,
            hour_at(event.first_hour),
            hour_at(event.first_hour + event.hours),
            event.price_micros,
            event.gflops_per_device,
            self._method_of(event.pool, order.workload_class),
            event.credited,
            event.value_micros,
            order.vat_bp,
            event.gross_micros,
            event.prices_micros or None,
        )

    def _execution_of(self, arrival: int) -> int:
        """Return the execution of the arriving side, one row for all its trades."""
        if self._execution[0] != arrival:
            self._execution = (arrival, self.new_id("execution"))
            self.executions.append(ExecutionRow(self._execution[1], arrival))
        return self._execution[1]

    def _take(self, listing: OpenListing, first_hour: int, hours: int, devices: int) -> None:
        begin = first_hour - listing.first_hour
        for index in range(begin, begin + hours):
            listing.free[index] -= devices
        self.touched_listings[listing.id] = listing

    def _reduced(self, event: book.Reduced) -> None:
        order, listing = self.orders[event.order], self.listings[event.listing]
        self.note(
            event.number,
            "REDUCED",
            order_id=order.id,
            listing_id=listing.id,
            facts={
                "devices": event.devices,
                "credited": event.credited,
                "starts_at": hour_text(event.first_hour),
                "ends_at": hour_text(event.first_hour + event.hours),
                "was_amount": order.amount,
            },
        )
        self._take(listing, event.first_hour, event.hours, event.devices)
        self.capacity.add_in_orders(listing.pool, event.first_hour, [-event.devices] * event.hours)
        # A row asks for something: what is used up wholly by its own side ends as it was.
        order.amount = max(order.amount - event.credited, order.filled) or order.amount
        if event.released_micros:
            order.held_micros -= event.released_micros
        if event.released_micros and order.id not in self._passing:
            self._set_aside(order, -event.released_micros)
        self.touched_orders[order.id] = order

    def _replaced(self, event: book.Replaced) -> None:
        if event.side == book.BUY:
            self._order_replaced(event)
        else:
            self._listing_replaced(event)

    def _order_replaced(self, event: book.Replaced) -> None:
        self.touched_orders[event.id] = order = self.orders[event.id]
        facts = order.told(event.arrival)
        self.note(event.number, "ORDER_REPLACED", order_id=event.id, facts=facts)
        order.version, order.arrival = event.version, event.arrival
        # The book tells what is left; the row keeps the whole, with what trades took.
        whole = event.held_micros + order.spent_micros
        if whole != order.held_micros:
            self._set_aside(order, whole - order.held_micros)
        order.held_micros = whole

    def _listing_replaced(self, event: book.Replaced) -> None:
        self.touched_listings[event.id] = listing = self.listings[event.id]
        facts = listing.told(event.arrival)
        self.note(event.number, "LISTING_REPLACED", listing_id=event.id, facts=facts)
        listing.version, listing.arrival = event.version, event.arrival

    def _ended(self, event: book.Ended) -> None:
        facts = {"reason": event.reason} if event.reason else None
        if event.side == book.BUY:
            self.note(event.number, f"ORDER_{event.state}", order_id=event.id, facts=facts)
            self._order_ended(event)
        else:
            self.note(event.number, f"LISTING_{event.state}", listing_id=event.id, facts=facts)
            self._listing_ended(event)

    def _order_ended(self, event: book.Ended) -> None:
        order = self.touched_orders[event.id] = self.orders.pop(event.id)
        ORDER.check(order.state, event.state)
        order.state = event.state
        if event.released_micros and event.id not in self._passing:
            self._set_aside(order, -event.released_micros)

    def _listing_ended(self, event: book.Ended) -> None:
        listing = self.touched_listings[event.id] = self.listings.pop(event.id)
        LISTING.check(listing.state, event.state)
        self.capacity.add_in_orders(
            listing.pool, listing.first_hour, [-free for free in listing.free]
        )
        listing.state, listing.ended_at = event.state, self.now
        listing.free = [0] * len(listing.free)


# Kept apart from the turns: a turn that refers to itself would stay in memory.
_HEARD: dict[type, Callable[[Turn, Any], None]] = {
    book.Accepted: Turn._accepted,
    book.Traded: Turn._traded,
    book.Linked: lambda turn, event: turn.links.hear(turn, event),
    book.Reduced: Turn._reduced,
    book.Replaced: Turn._replaced,
    book.Ended: Turn._ended,
}
