"""The door for orders, in one place: decoded strictly, asked for together, answered in figures.

It serves single entries and batches alike, and both ways in: the API's views, and the shorter
way that `config.short_way` takes for members' tokens.
"""

from typing import Any, NamedTuple

import msgspec
from django.conf import settings
from msgspec import UNSET

from counter.acting import Acting
from exchange.refusal import Refused
from marketplace.actions import enter_all, queue_all
from marketplace.api import bodies
from marketplace.api.answered import (
    EARLY,
    Answered,
    Document,
    answered,
    answered_each,
    document_of,
    refused,
    unreadable,
    waits,
)
from marketplace.domain import entry as entries

MOST_IN_A_BATCH = 50
SCOPE = "orders"


class Asked(NamedTuple):
    """A request at this door: what was sent, for whom, of which order."""

    body: bytes
    acting: Acting
    order_id: int = 0
    # The caller will not wait for the market: it is told where its entry waits.
    early: bool = False

    @property
    def whose(self) -> dict[str, Any]:
        """Return for whom an entry is: the door made sure of a member."""
        return {"member": self.acting.member_id or 0, "person": self.acting.person_id}


def enter_order(asked: Asked) -> Answered:
    """Place the one order of the body; answer it, or why not, by code and field."""
    try:
        entry = _placing(bodies.read_order(asked.body), asked)
    except msgspec.MsgspecError as problem:
        return answered(unreadable(problem))
    return _enter_one(entry, asked)


def enter_cancel(asked: Asked) -> Answered:
    """Cancel what is open of one order; the body may be empty."""
    try:
        sent = bodies.read_end(asked.body or b"{}")
    except msgspec.MsgspecError as problem:
        return answered(unreadable(problem))
    entry = entries.CancelOrder(order_id=asked.order_id, client_id=sent.client_id, **asked.whose)
    return _enter_one(entry, asked)


def enter_change(asked: Asked) -> Answered:
    """Change one open order in one step; refused, it stays as it was."""
    try:
        sent = bodies.read_change(asked.body)
    except msgspec.MsgspecError as problem:
        return answered(unreadable(problem))
    return _enter_one(_replacing(sent, asked.order_id, asked), asked)


def enter_cancel_all(asked: Asked) -> Answered:
    """End everything that the member has open; the body may be empty."""
    try:
        sent = bodies.read_end(asked.body or b"{}")
    except msgspec.MsgspecError as problem:
        return answered(unreadable(problem))
    return _enter_one(entries.CancelAll(client_id=sent.client_id, **asked.whose), asked)


def enter_batch(asked: Asked) -> Answered:
    """Enter up to 50 orders, or entries of all kinds, in one commit; each has its own answer."""
    try:
        sent = _read_batch(asked)
    except msgspec.MsgspecError as problem:
        return answered(unreadable(problem))
    sound = [entry for entry in sent if not isinstance(entry, dict)]
    try:
        told = iter(_documents(sound, early=asked.early))
    except Refused as refusal:
        # The market is away or busy: no entry of this request was answered.
        return refused(refusal)
    each = [entry if isinstance(entry, dict) else next(told) for entry in sent]
    return answered_each(each, early=asked.early)


def _documents(sound: list[entries.Said], *, early: bool) -> list[Document]:
    if early:
        queued = queue_all(entries=sound)
        return [waits(entry, place) for entry, place in zip(sound, queued, strict=True)]
    answers = enter_all(entries=sound)
    return [document_of(entry, answer) for entry, answer in zip(sound, answers, strict=True)]


def _enter_one(entry: entries.Said, asked: Asked) -> Answered:
    try:
        (answer,) = (queue_all if asked.early else enter_all)(entries=[entry])
    except Refused as refusal:
        return refused(refusal)
    if isinstance(answer, Refused):
        return refused(answer)
    if isinstance(answer, entries.Queued):
        return answered(waits(entry, answer))
    return answered(document_of(entry, answer))


def prefers_early(preference: str) -> bool:
    """Tell whether a caller asks for an early answer, and there is an engine to queue for it."""
    return EARLY in preference and bool(settings.ENGINE_SOCKET)


def _placing(sent: bodies.OrderBody, asked: Asked) -> entries.PlaceOrder:
    return entries.PlaceOrder(
        member=asked.acting.member_id or 0,
        person=asked.acting.person_id,
        client_order_id=sent.client_order_id,
        request=sent.to_request(),
    )


def _replacing(sent: bodies.ReplaceBody, order_id: int, asked: Asked) -> entries.ReplaceOrder:
    return entries.ReplaceOrder(
        order_id=order_id,
        version=sent.version,
        amount=sent.amount,
        limit_micros=sent.limit_micros,
        budget_micros=sent.budget_micros,
        expires_at=sent.expires_at,
        client_id=sent.client_id,
        **asked.whose,
    )


def _entry_of(sent: bodies.OrderBody | bodies.Entering, asked: Asked) -> entries.Said:
    if isinstance(sent, bodies.OrderBody):
        return _placing(sent, asked)
    if isinstance(sent, bodies.Replacing):
        return _replacing(sent, sent.order_id, asked)
    if isinstance(sent, bodies.Cancelling):
        order_id, client_id = sent.order_id, sent.client_id
        return entries.CancelOrder(order_id=order_id, client_id=client_id, **asked.whose)
    return entries.CancelAll(client_id=sent.client_id, **asked.whose)


def _read_batch(asked: Asked) -> list[entries.Said | dict[str, Any]]:
    """Return the entries of a batch; in the place of one that cannot be read, why."""
    try:
        batch = bodies.read_batch(asked.body)
    except msgspec.MsgspecError:
        raw = bodies.read_raw_batch(asked.body)
        _check_size(raw)
        if raw.entries is UNSET:
            return [_read_apart(bodies.read_order, one, asked) for one in raw.orders or ()]
        return [_read_apart(bodies.read_entry, one, asked) for one in raw.entries or ()]
    _check_size(batch)
    sent = batch.orders if batch.entries is UNSET else batch.entries
    return [_entry_of(one, asked) for one in sent or ()]


def _read_apart(read: Any, raw: msgspec.Raw, asked: Asked) -> entries.Said | dict[str, Any]:
    try:
        return _entry_of(read(raw), asked)
    except msgspec.MsgspecError as problem:
        return unreadable(problem)


def _check_size(batch: bodies.Batch | bodies.RawBatch) -> None:
    if (batch.orders is UNSET) == (batch.entries is UNSET):
        wrong = "Send either `orders` or `entries` - at `$.orders`"
        raise msgspec.ValidationError(wrong)
    named, sent = ("orders", batch.orders) if batch.entries is UNSET else ("entries", batch.entries)
    count = len(sent or ())
    if not 1 <= count <= MOST_IN_A_BATCH:
        wrong = f"Send 1 to {MOST_IN_A_BATCH} {named}, not {count} - at `$.{named}`"
        raise msgspec.ValidationError(wrong)
