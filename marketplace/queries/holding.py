"""What an order holds: the book knows a member's order holds as a whole, its orders each part."""

from collections.abc import Iterable

from django.db.models import Sum

from marketplace.models import Order, Trade
from marketplace.queries.resting import OPEN_STATES


def left_of_hold(order: Order) -> int:
    """Return what an order still holds, in micros gross: nothing once it has ended."""
    return left_of_holds([order])[order.pk]


def left_of_holds(orders: Iterable[Order]) -> dict[int, int]:
    """Return what each order still holds, by its number."""
    holds = {order.pk: order.held_micros * (order.state in OPEN_STATES) for order in orders}
    holding = [pk for pk, held in holds.items() if held]
    trades = Trade.objects.filter(order_id__in=holding).values("order_id")
    for pk, spent in trades.annotate(spent=Sum("held_micros")).values_list("order_id", "spent"):
        holds[pk] -= spent
    return holds
