"""Read what became of an entry whose sender was answered before the market was."""

import msgspec
from django.conf import settings

from exchange.refusal import NotFound
from marketplace.adapters.engine import outcome_at_engine
from marketplace.domain.entry import WAITING, Answer, OutcomeOf
from marketplace.models import CommandRecord, Order


def outcome_of(*, member_id: int, client_order_id: str = "", client_id: str = "") -> Answer:
    """Return the answer to an order or to another act of the member's, by its own id.

    Its state is WAITING while it is queued. Refuses with NotFound what nobody knows: it was not
    accepted, and changed nothing.
    """
    found = _kept(member_id, client_order_id, client_id)
    if found is None and settings.ENGINE_SOCKET:
        sought = OutcomeOf(member=member_id, client_order_id=client_order_id, client_id=client_id)
        told = outcome_at_engine(sought)
        if told is not None and (told.state == WAITING or told.refused):
            return told
        # Written since we looked.
        found = _kept(member_id, client_order_id, client_id)
    if found is None:
        raise NotFound
    return found


def _kept(member_id: int, client_order_id: str, client_id: str) -> Answer | None:
    """Return what the tables know: only that is durable."""
    if client_order_id:
        names = ("id", "state", "filled", "held_micros", "version")
        orders = Order.objects.filter(buyer_id=member_id, client_order_id=client_order_id)
        row = orders.values(*names).first()
        return None if row is None else msgspec.convert(row, Answer)
    records = CommandRecord.objects.filter(member_id=member_id, client_id=client_id)
    answer = records.values_list("answer", flat=True).first()
    return None if answer is None else msgspec.convert(answer, Answer)
