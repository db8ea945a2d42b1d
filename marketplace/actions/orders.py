"""Place, replace and cancel buy orders."""

from datetime import datetime

from marketplace.actions.asking import ask
from marketplace.domain import entry as entries
from marketplace.domain.checks import check_changes, check_client_id, check_request
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Order


def place_order(
    *,
    buyer_id: int,
    client_order_id: str,
    request: OrderRequest,
    person_id: int | None = None,
    placed_by_id: int | None = None,
    now: datetime,
) -> Order:
    """Accept a buy order, hold its funds and match it at once; return it as it stands then.

    The same id with the same content returns the first order; with another content it
    is refused. Refuses by name what is malformed, closed, halted or not funded.
    """
    check_client_id(client_order_id)
    check_request(request)
    answer = ask(
        entries.PlaceOrder(
            member=buyer_id,
            client_order_id=client_order_id,
            request=request,
            person=person_id,
            placed_by=placed_by_id,
        ),
        now=now,
    )
    return Order.objects.get(pk=answer.id)


def cancel_order(
    *,
    buyer_id: int,
    order_id: int,
    client_id: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Order:
    """Cancel what is open of the buyer's order and release its hold.

    Refuses an order that has ended, and one that is not the buyer's (as if there were none).
    With a `client_id` the same is answered again, however often it is sent.
    """
    if client_id:
        check_client_id(client_id, "client_id")
    entry = entries.CancelOrder(
        member=buyer_id, order_id=order_id, client_id=client_id, person=person_id
    )
    return Order.objects.get(pk=ask(entry, now=now).id)


def replace_order(
    *,
    buyer_id: int,
    order_id: int,
    version: int,
    amount: int | None = None,
    limit_micros: int | None = None,
    budget_micros: int | None = None,
    expires_at: datetime | None = None,
    client_id: str = "",
    person_id: int | None = None,
    now: datetime,
) -> Order:
    """Change an open order's amount, limit, budget or expiry; None leaves it as it is.

    It keeps its place in time only when nothing but the amount falls. Refuses another version
    than the current one, and whatever a new order would be refused for: then nothing changes.
    """
    if client_id:
        check_client_id(client_id, "client_id")
    check_changes(amount=amount, limit_micros=limit_micros, budget_micros=budget_micros)
    entry = entries.ReplaceOrder(
        member=buyer_id,
        order_id=order_id,
        version=version,
        amount=amount,
        limit_micros=limit_micros,
        budget_micros=budget_micros,
        expires_at=expires_at,
        client_id=client_id,
        person=person_id,
    )
    return Order.objects.get(pk=ask(entry, now=now).id)


def cancel_everything(
    *, member_id: int, client_id: str = "", person_id: int | None = None, now: datetime
) -> int:
    """Cancel every open order and withdraw every open listing of a member; return how many."""
    if client_id:
        check_client_id(client_id, "client_id")
    entry = entries.CancelAll(member=member_id, client_id=client_id, person=person_id)
    return ask(entry, now=now).filled
