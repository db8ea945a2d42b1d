"""The exchange buys, for a buyer, what replaces capacity that its seller does not deliver."""

from collections.abc import Iterable
from datetime import datetime

from marketplace.actions.asking import ask
from marketplace.domain import entry as entries
from marketplace.domain.checks import SUBSTITUTES, check_request
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Order


def place_substitute_order(
    *, buyer_id: int, name: str, request: OrderRequest, not_from: Iterable[int], now: datetime
) -> Order:
    """Place the order `substitute:<name>` once and return it as it stands; again returns it.

    It is filled at once and whole, at one site, from none of the members `not_from`, or it is
    cancelled. Refuses what a buyer's own order would be refused for.
    """
    check_request(request)
    entry = entries.PlaceOrder(
        member=buyer_id,
        client_order_id=client_order_id_of(name),
        request=request,
        not_from=tuple(sorted(not_from)),
    )
    return Order.objects.get(pk=ask(entry, now=now).id)


def client_order_id_of(name: str) -> str:
    """Return the id under which a substitute is ordered: no member may send such a one."""
    return f"{SUBSTITUTES}{name}"
