"""What the door of orders answers: figures, or a problem; encoded once, straight from structs."""

import re
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
from django.http import HttpResponse
from msgspec import Struct

from counter.problems import PROBLEM_JSON, problem_of
from exchange.refusal import Refused
from marketplace.domain.entry import Answer, CancelAll, PlaceOrder, Said

JSON = "application/json"
_AT = re.compile(r" - at `\$\.?([^`]*)`$")
_FIELD = re.compile(r"field `([^`]+)`")
_write = msgspec.json.Encoder().encode
Problem = dict[str, Any]


class Placed(Struct):
    """An order as the market left it."""

    status: int
    id: int
    client_order_id: str
    state: str
    unit: str
    amount: int
    filled: int
    held_micros: int
    version: int
    number: int
    repeated: bool


class Changed(Struct):
    """An order after it was cancelled or replaced."""

    status: int
    id: int
    state: str
    filled: int
    held_micros: int
    version: int
    number: int
    repeated: bool


class EndedAll(Struct):
    """How many orders and listings ended."""

    status: int
    ended: int
    repeated: bool


Document = Placed | Changed | EndedAll | Problem


class Answered(NamedTuple):
    """An answer of the door, before it is anybody's response."""

    status: int
    content: bytes
    kind: str = JSON
    # Seconds after which the same may be sent again; 0 says nothing of it.
    again_after_s: int = 0

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with it; its length, since the short way passes no middleware."""
        told = {"Content-Type": self.kind, "Content-Length": str(len(self.content))}
        return told | {"Retry-After": str(self.again_after_s)} if self.again_after_s else told

    def to_response(self) -> HttpResponse:
        """Return it as the long way sends it."""
        return HttpResponse(self.content, status=self.status, headers=self.headers)


def document_of(entry: Said, answer: Answer | Refused) -> Document:
    """Return what became of an entry."""
    if isinstance(answer, Refused):
        return problem_of(answer)
    if isinstance(entry, PlaceOrder):
        return _placed(entry, answer)
    if isinstance(entry, CancelAll):
        return EndedAll(HTTPStatus.OK, answer.filled, answer.repeated)
    return Changed(
        HTTPStatus.OK,
        answer.id,
        answer.state,
        answer.filled,
        answer.held_micros,
        answer.version,
        answer.number,
        answer.repeated,
    )


def _placed(entry: PlaceOrder, answer: Answer) -> Placed:
    return Placed(
        HTTPStatus.CREATED,
        answer.id,
        entry.client_order_id,
        answer.state,
        entry.request.unit,
        entry.request.amount,
        answer.filled,
        answer.held_micros,
        answer.version,
        answer.number,
        answer.repeated,
    )


def unreadable(problem: msgspec.MsgspecError) -> Problem:
    """Return what is wrong with the shape of what was sent, naming the field."""
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


def answered(document: Document) -> Answered:
    """Return the answer that one document is."""
    if isinstance(document, dict):
        return problem_answered(document)
    return Answered(document.status, _write(document))


def problem_answered(problem: Problem, again_after_s: int = 0) -> Answered:
    """Return the answer that a problem is."""
    return Answered(problem["status"], _write(problem), PROBLEM_JSON, again_after_s)


def answered_each(documents: list[Document]) -> Answered:
    """Return the answer to a batch: a document for each, in order."""
    return Answered(HTTPStatus.OK, _write({"answers": documents}))


def refused(refusal: Refused) -> Answered:
    """Return the answer that says no to all of a request."""
    return problem_answered(problem_of(refusal), refusal.again_after_s)
