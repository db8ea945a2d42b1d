"""Rejected orders that wish it go on in the continuous market, each once."""

from datetime import datetime

from exchange.refusal import Refused
from marketplace.actions.answers import refusal_of_answer
from marketplace.actions.asking import ask_all
from marketplace.domain.auctions.restated import rolling_request
from marketplace.domain.checks import check_request
from marketplace.domain.entry import Answer, PlaceOrder
from marketplace.domain.refusals import Halted
from marketplace.models import AuctionOrder

MOST_AT_ONCE = 50


def roll_rejected(now: datetime) -> int:
    """Place what rejected orders still want as orders; return how many.

    A refusal is kept by its code and ends it; in a halt the order waits, until its hours close.
    """
    waiting = AuctionOrder.objects.filter(
        state="REJECTED", rolls=True, rolled=None, roll_refused=""
    ).select_related("auction")
    placed, last = 0, 0
    while orders := list(waiting.filter(pk__gt=last).order_by("pk")[:MOST_AT_ONCE]):
        last = orders[-1].pk
        placed += _roll(orders, now)
    return placed


def _roll(orders: list[AuctionOrder], now: datetime) -> int:
    asked: list[tuple[AuctionOrder, PlaceOrder]] = []
    for order in orders:
        entry = _entry(order)
        try:
            check_request(entry.request)
        except Refused as refusal:
            _refuse(order, refusal)
        else:
            asked.append((order, entry))
    if not asked:
        return 0
    answers = ask_all([entry for _, entry in asked], now=now)
    return sum(_note(order, answer) for (order, _), answer in zip(asked, answers, strict=True))


def _note(order: AuctionOrder, answer: Answer) -> bool:
    if answer.refused:
        refusal = refusal_of_answer(answer)
        if not isinstance(refusal, Halted):
            _refuse(order, refusal)
        return False
    order.rolled_id = answer.id
    order.save(update_fields=["rolled"])
    return True


def _refuse(order: AuctionOrder, refusal: Refused) -> None:
    order.roll_refused = refusal.code
    order.save(update_fields=["roll_refused"])


def _entry(order: AuctionOrder) -> PlaceOrder:
    auction = order.auction
    return PlaceOrder(
        member=order.buyer_id,
        placed_by=order.placed_by_id,
        client_order_id=f"auction:{auction.code}:R{order.arrival}",
        request=rolling_request(
            order.bids[0],
            auction.starts_at,
            auction_hours=auction.hours,
            budget_micros=order.budget_micros,
        ),
    )
