"""End what market time has passed: orders and listings that nothing can fill any more."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Q, Value

from exchange.refusal import Refused
from exchange.window import HOUR
from marketplace.actions.orders import end_order
from marketplace.actions.resting import end_listing
from marketplace.actions.turn import Turn
from marketplace.domain.checks import first_open_hour
from marketplace.domain.lifecycles import EXPIRED, PARTLY_FILLED
from marketplace.models import Listing, Order
from marketplace.queries.resting import OPEN_STATES
from marketplace.queries.standing import gate_minutes

MOST_A_SWEEP = 500
log = structlog.get_logger(__name__)


def expire_due(now: datetime) -> int:
    """End due orders and listings, each in its own transaction; return how many.

    One bad item is logged and never stops the sweep.
    """
    ended = 0
    first = first_open_hour(now, gate_minutes(now))
    for order_id in _due_orders(now, first):
        ended += _safely(_expire_order, order_id, now)
    for listing_id in _due_listings(first):
        ended += _safely(_expire_listing, listing_id, now)
    return ended


def _due_orders(now: datetime, first: datetime) -> list[int]:
    """Past their expiry, or with no start left whose gate is open.

    Lots share their start: what has traded in part ends with the gate of that start.
    """
    length = ExpressionWrapper(F("hours") * Value(HOUR), output_field=DurationField())
    due = (
        Order.objects.filter(state__in=OPEN_STATES)
        .annotate(length=length)
        .filter(
            Q(expires_at__lte=now)
            | Q(latest__lt=first + F("length"))
            | Q(state=PARTLY_FILLED, trades__starts_at__lt=first)
        )
        .distinct()
    )
    return list(due.order_by("arrival").values_list("pk", flat=True)[:MOST_A_SWEEP])


def _due_listings(first: datetime) -> list[int]:
    due = Listing.objects.filter(state="OPEN", ends_at__lt=first + timedelta(hours=1))
    return list(due.order_by("arrival").values_list("pk", flat=True)[:MOST_A_SWEEP])


def _safely(expire: Callable[[int, datetime], bool], item_id: int, now: datetime) -> int:
    try:
        return int(expire(item_id, now))
    except (Refused, DatabaseError):
        log.exception("expiry_failed", item=item_id)
        return 0


@transaction.atomic
def _expire_order(order_id: int, now: datetime) -> bool:
    turn = Turn(now)
    order = Order.objects.filter(pk=order_id, state__in=OPEN_STATES).first()
    if order is None:
        return False
    past = order.expires_at is not None and order.expires_at <= now
    end_order(turn, order, state=EXPIRED, reason="EXPIRY" if past else "GATE_CLOSED")
    turn.finish()
    return True


@transaction.atomic
def _expire_listing(listing_id: int, now: datetime) -> bool:
    turn = Turn(now)
    listing = Listing.objects.filter(pk=listing_id, state="OPEN").first()
    if listing is None:
        return False
    end_listing(turn, listing, state=EXPIRED, reason="GATE_CLOSED")
    turn.finish()
    return True
