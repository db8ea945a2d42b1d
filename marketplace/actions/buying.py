"""Buyers' entries: checked by their rules, said to the book, and written as rows."""

from dataclasses import fields
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any

from exchange.book import commands as said
from exchange.book.events import Accepted, Happened, Rejected
from exchange.requirement import Requirement
from exchange.window import day_start, delivery_day, hour_from, hour_number
from marketplace.actions.answers import refusal_of
from marketplace.actions.memory import Memory
from marketplace.actions.rows import OrderRow
from marketplace.actions.standing import OpenOrder
from marketplace.domain import entry as entries
from marketplace.domain.checks import check_times, first_open_hour
from marketplace.domain.entry import Answer
from marketplace.domain.order_request import OrderRequest
from marketplace.domain.refusals import UnknownCode

# What the book asks of a place.
REQUIRED = tuple(field.name for field in fields(Requirement))
_REQUIRED = attrgetter(*REQUIRED)


def place(market: Memory, entry: entries.PlaceOrder) -> Answer:
    """Say a buy order to the book; refuses what the rules, the catalogue or the book refuse."""
    request, facts = entry.request, market.facts
    check_times(request, now=market.now, gate_minutes=facts.gate_minutes)
    _check_codes(market, request)
    vat_bp = facts.vat_bp(market.now)
    order_id = market.numbers.take("order")
    expires_at = _expiry(request, market.now)
    happened = market.say(_buy_of(entry, order_id, vat_bp, expires_at))
    if isinstance(happened[0], Rejected):
        market.numbers.give_back("order", order_id)
        raise refusal_of(happened[0], **_known_of(market, request))
    order = market.orders[order_id] = OpenOrder(
        id=order_id,
        buyer=entry.member,
        vat_bp=vat_bp,
        workload_class=request.workload_class,
        amount=request.amount,
        limit_micros=request.limit_micros,
        budget_micros=request.budget_micros,
        expires_at=expires_at,
        held_micros=_held(happened),
        arrival=0,
    )
    market.turn.new_orders[order_id] = (market.sent, _row_of(market, entry, order))
    market.turn.hear(happened)
    note_deed(
        market,
        entry,
        "ORDER_PLACED",
        f"order:{order_id}",
        client_order_id=entry.client_order_id,
        held_micros=order.held_micros,
    )
    return answer_of(order, market.book.number)


@lru_cache(maxsize=10_000)
def _requires(*figures: Any) -> said.Requires:
    """Return the conditions on a place, one object for many orders that ask for the same."""
    return said.Requires(**dict(zip(REQUIRED, figures, strict=True)))


def _buy_of(
    entry: entries.PlaceOrder, order_id: int, vat_bp: int, expires_at: datetime | None
) -> said.Buy:
    request = entry.request
    return said.Buy(
        order=order_id,
        member=entry.member,
        unit=request.unit,
        amount=request.amount,
        hours=request.hours,
        first_hour=hour_from(request.earliest),
        last_hour=hour_number(request.latest),
        limit_micros=request.limit_micros,
        budget_micros=request.budget_micros,
        vat_bp=vat_bp,
        requires=_requires(*_REQUIRED(request)),
        city=request.city or "",
        workload_class=request.workload_class,
        splittable=request.splittable,
        min_lot_devices=request.min_lot_devices,
        time_in_force=request.time_in_force,
        expires_s=None if expires_at is None else int(expires_at.timestamp()),
        self_trade=request.self_trade,
        not_from=entry.not_from,
    )


def _row_of(market: Memory, entry: entries.PlaceOrder, order: OpenOrder) -> OrderRow:
    """Return the row without what the request says itself: its fields are columns."""
    city = entry.request.city
    return OrderRow(
        order.id,
        entry.member,
        entry.client_order_id,
        market.content,
        order.vat_bp,
        entry.placed_by,
        None if city is None else market.facts.cities[city],
    )


def _held(happened: list[Happened]) -> int:
    first = happened[0]
    assert isinstance(first, Accepted)
    return first.held_micros


def _known_of(market: Memory, request: OrderRequest) -> dict[str, Any]:
    """Return facts that a refusal's sentence may want and the book does not know."""
    return {
        "minutes": market.facts.gate_minutes,
        "first": first_open_hour(market.now, market.facts.gate_minutes).isoformat(),
        "price_micros": request.limit_micros,
        "ends_at": request.latest.isoformat(),
    }


def _check_codes(market: Memory, request: OrderRequest) -> None:
    for field, known in market.facts.words.items():
        words = getattr(request, field)
        if words and not known.issuperset(words):
            missing = sorted(set(words) - known)
            raise UnknownCode(field=field, value=", ".join(missing))
    if request.city is not None and request.city not in market.facts.cities:
        raise UnknownCode(field="city", value=request.city)


def _expiry(request: OrderRequest, now: datetime) -> datetime | None:
    if request.time_in_force == "DAY":
        return day_start(delivery_day(now) + timedelta(days=1))
    return request.expires_at


def answer_of(order: OpenOrder, number: int) -> Answer:
    """Return the order as it stands after market event `number`."""
    return Answer(
        id=order.id,
        state=order.state,
        filled=order.filled,
        held_micros=order.held_micros,
        version=order.version,
        number=number,
    )


def note_deed(market: Memory, entry: Any, verb: str, subject: str, **facts: object) -> None:
    """Note who did it for the audit trail: the broker where one acts for a member."""
    member = entry.placed_by or entry.member
    market.turn.deeds.note(verb, subject, person=entry.person, member=member, facts=facts)


def cancel(market: Memory, entry: entries.CancelOrder) -> Answer:
    """End an order of the member's; what is filled stays filled."""
    order = market.open_order(entry.order_id, entry.member)
    happened = market.say(said.Cancel(order=entry.order_id, member=entry.member))
    if isinstance(happened[0], Rejected):
        raise refusal_of(happened[0])
    market.turn.hear(happened)
    note_deed(market, entry, "ORDER_CANCELLED", f"order:{order.id}")
    return answer_of(order, market.book.number)


def replace(market: Memory, entry: entries.ReplaceOrder) -> Answer:
    """Change an open order; refused, it stays as it was."""
    order = market.open_order(entry.order_id, entry.member)
    expires_at = entry.expires_at
    command = said.Replace(
        order=entry.order_id,
        member=entry.member,
        version=entry.version,
        amount=entry.amount,
        limit_micros=entry.limit_micros,
        budget_micros=entry.budget_micros,
        expires_s=None if expires_at is None else int(expires_at.timestamp()),
    )
    happened = market.say(command)
    if isinstance(happened[0], Rejected):
        raise refusal_of(happened[0])
    order.change(command)
    market.turn.hear(happened)
    note_deed(market, entry, "ORDER_REPLACED", f"order:{order.id}", version=order.version)
    return answer_of(order, market.book.number)
