"""What an order holds: the book knows a member's order holds as a whole, its orders each part."""

from django.db.models import Sum

from marketplace.models import Order, Trade
from marketplace.queries.resting import OPEN_STATES


def left_of_hold(order: Order) -> int:
    """Return what an order still holds, in micros gross: nothing once it has ended."""
    if order.state not in OPEN_STATES:
        return 0
    spent = Trade.objects.filter(order_id=order.pk).aggregate(spent=Sum("held_micros"))["spent"]
    return order.held_micros - (spent or 0)
