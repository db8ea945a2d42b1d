"""The door for orders, in one place: decoded strictly, asked for together, answered in figures.

It serves single orders and batches alike, and both ways in: the API's view, and the shorter way
that `config.middleware` takes for members' tokens.
"""

import re
from dataclasses import MISSING, fields
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from counter.acting import Acting
from counter.problems import PROBLEM_JSON, problem_of
from exchange.refusal import Refused
from marketplace.actions import place_orders
from marketplace.domain.entry import Answer, PlaceOrder
from marketplace.domain.order_request import OrderRequest

MOST_IN_A_BATCH = 50
SCOPE = "orders"
_FIELDS = [
    (field.name, field.type, field.default)
    if field.default is not MISSING
    else (field.name, field.type)
    for field in fields(OrderRequest)
]
# An order as it is sent: the request and its sender's own id, flat.
OrderBody = msgspec.defstruct(
    "OrderBody", [("client_order_id", str), *_FIELDS], forbid_unknown_fields=True, frozen=True
)
BatchBody = msgspec.defstruct(
    "BatchBody", [("orders", list[msgspec.Raw])], forbid_unknown_fields=True, frozen=True
)
_read_order = msgspec.json.Decoder(OrderBody).decode
_read_batch = msgspec.json.Decoder(BatchBody).decode
_write = msgspec.json.Encoder().encode
_NAMES = tuple(field.name for field in fields(OrderRequest))
_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_FIELD = re.compile(r"field `([^`]+)`")
Document = dict[str, Any]


def enter_order(body: bytes, acting: Acting) -> HttpResponse:
    """Place the one order of the body; answer it, or why not, by code and field."""
    (document,) = _place([body], acting)
    return _response(document, document["status"])


def enter_batch(body: bytes, acting: Acting) -> HttpResponse:
    """Place up to 50 orders in one commit; each has its own answer, in order."""
    try:
        raw = _read_batch(body).orders  # type: ignore[attr-defined]
    except msgspec.MsgspecError as problem:
        return _response(_unreadable(problem), HTTPStatus.BAD_REQUEST)
    if not 1 <= len(raw) <= MOST_IN_A_BATCH:
        wrong = f"Send 1 to {MOST_IN_A_BATCH} orders, not {len(raw)} - at `$.orders`"
        document = _unreadable(msgspec.ValidationError(wrong))
        return _response(document, HTTPStatus.BAD_REQUEST)
    return _response({"answers": _place(raw, acting)}, HTTPStatus.OK)


def _place(bodies: list[Any], acting: Acting) -> list[Document]:
    """Return a document for each order: those that can be read are asked for together."""
    documents: list[Document | None] = []
    entries: list[PlaceOrder] = []
    for body in bodies:
        try:
            entries.append(_entry_of(body, acting))
            documents.append(None)
        except msgspec.MsgspecError as problem:
            documents.append(_unreadable(problem))
    try:
        answers = iter(place_orders(orders=entries))
    except Refused as refusal:
        # The market is away or busy: no order of this request was answered.
        return [document or problem_of(refusal) for document in documents]
    sent = iter(entries)
    return [document or _document_of(next(sent), next(answers)) for document in documents]


def _entry_of(body: Any, acting: Acting) -> PlaceOrder:
    order = _read_order(body)
    return PlaceOrder(
        member=acting.member_id or 0,
        person=acting.person_id,
        client_order_id=order.client_order_id,  # type: ignore[attr-defined]
        request=OrderRequest(**{name: getattr(order, name) for name in _NAMES}),
    )


def _document_of(entry: PlaceOrder, answer: Answer | Refused) -> Document:
    if isinstance(answer, Refused):
        return problem_of(answer)
    return {
        "status": HTTPStatus.CREATED,
        "id": answer.id,
        "client_order_id": entry.client_order_id,
        "state": answer.state,
        "unit": entry.request.unit,
        "amount": entry.request.amount,
        "filled": answer.filled,
        "held_micros": answer.held_micros,
        "version": answer.version,
        "number": answer.number,
        "repeated": answer.repeated,
    }


def _unreadable(problem: msgspec.MsgspecError) -> Document:
    """Return what is wrong with the shape of an order, naming the field."""
    text = str(problem)
    where, named = _AT.search(text), _FIELD.search(text)
    field = (where.group(1) if where else "") or (named.group(1) if named else "")
    return {
        "type": "urn:gridhour:invalid",
        "title": text,
        "status": HTTPStatus.BAD_REQUEST,
        "code": "invalid",
        "errors": [{"field": field, "code": "invalid", "detail": _AT.sub("", text)}],
    }


def _response(document: Document, status: int) -> HttpResponse:
    refused = status >= HTTPStatus.BAD_REQUEST
    kind = PROBLEM_JSON if refused else "application/json"
    content = _write(document)
    # The short way passes no middleware that would say how long the answer is.
    length = {"Content-Length": str(len(content))}
    return HttpResponse(content, content_type=kind, status=status, headers=length)
