"""What the door of orders answers: figures, or a problem; encoded once, straight from structs."""

import re
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
from django.http import HttpResponse
from msgspec import Struct

from counter.problems import PROBLEM_JSON, problem_of
from exchange.refusal import Refused
from marketplace.actions.answers import refusal_of_answer
from marketplace.domain.entry import WAITING, Answer, CancelAll, PlaceOrder, Queued, Said

JSON = "application/json"
# What a caller prefers that will not wait for the market (RFC 7240).
EARLY = "respond-async"
OUTCOME = "/api/v1/orders/outcome/"
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


class Waits(Struct):
    """An entry that the engine has queued: nothing of it is durable yet."""

    status: int
    term: int
    place: int
    outcome: str


class Outcome(Struct):
    """What became of an entry: it waits, or it is done and this is its answer."""

    state: str
    answer: "Changed | Problem | None" = None


Document = Placed | Changed | EndedAll | Waits | Problem


class Answered(NamedTuple):
    """An answer of the door, before it is anybody's response."""

    status: int
    content: bytes
    kind: str = JSON
    # Seconds after which the same may be sent again; 0 says nothing of it.
    again_after_s: int = 0
    early: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with it; its length, since the short way passes no middleware."""
        told = {"Content-Type": self.kind, "Content-Length": str(len(self.content))}
        if self.early:
            told["Preference-Applied"] = EARLY
        if self.again_after_s:
            told["Retry-After"] = str(self.again_after_s)
        return told

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
    return _changed(answer)


def waits(entry: Said, queued: Queued | Refused) -> Document:
    """Return where an entry waits, and where its outcome can be read."""
    if isinstance(queued, Refused):
        return problem_of(queued)
    named = "client_order_id" if isinstance(entry, PlaceOrder) else "client_id"
    asks = urlencode({named: getattr(entry, named)})
    return Waits(HTTPStatus.ACCEPTED, queued.term, queued.place, f"{OUTCOME}?{asks}")


def outcome_answered(answer: Answer) -> Answered:
    """Return the answer that tells what became of an entry."""
    if answer.state == WAITING:
        return Answered(HTTPStatus.OK, _write(Outcome(WAITING)))
    said = problem_of(refusal_of_answer(answer)) if answer.refused else _changed(answer)
    return Answered(HTTPStatus.OK, _write(Outcome("DONE", said)))


def _changed(answer: Answer) -> Changed:
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
    return Answered(document.status, _write(document), early=isinstance(document, Waits))


def problem_answered(problem: Problem, again_after_s: int = 0) -> Answered:
    """Return the answer that a problem is."""
    return Answered(problem["status"], _write(problem), PROBLEM_JSON, again_after_s)


def answered_each(documents: list[Document], *, early: bool = False) -> Answered:
    """Return the answer to a batch: a document for each, in order."""
    status = HTTPStatus.ACCEPTED if early else HTTPStatus.OK
    return Answered(status, _write({"answers": documents}), early=early)


def refused(refusal: Refused) -> Answered:
    """Return the answer that says no to all of a request."""
    return problem_answered(problem_of(refusal), refusal.again_after_s)
