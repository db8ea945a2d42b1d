"""What orders and offers of an auction share at their door: one, or up to fifty, by themselves."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from counter.access import acting_of
from counter.problems import problem_of, problem_of_framework
from counter.serializers import StrictSerializer
from exchange.refusal import Refused
from timetable.queries import market_now

MOST_IN_A_BATCH = 50
SCOPE = "orders"
Json = dict[str, Any]


def caller_id(request: Request) -> int:
    """Return the member for which the caller acts; the permission made sure of one."""
    return acting_of(request).member_id or 0


def whose(request: Request) -> Json:
    """Return for whom and when something is entered, as the actions take it."""
    acting = acting_of(request)
    return {"member_id": acting.member_id or 0, "person_id": acting.person_id, "now": market_now()}


def valid(shape: type[StrictSerializer], data: object) -> Any:
    """Return what was sent in its shape; refuses unknown fields and wrong types by name."""
    sent = shape(data=data)
    sent.is_valid(raise_exception=True)
    return sent


def each(request: Request, name: str, enter: Callable[[object], Json]) -> Response:
    """Enter up to 50 rows, each by itself; in the place of one that is refused, why."""
    data = request.data
    rows = data.get(name) if isinstance(data, dict) else None
    if not isinstance(rows, list) or set(data) != {name} or not 1 <= len(rows) <= MOST_IN_A_BATCH:
        raise ValidationError({name: [f"Send {name} alone, 1 to {MOST_IN_A_BATCH} of them."]})
    return Response({"answers": [_answer(enter, row) for row in rows]})


def _answer(enter: Callable[[object], Json], row: object) -> Json:
    try:
        return {"status": HTTPStatus.CREATED, **enter(row)}
    except ValidationError as problem:
        return problem_of_framework(problem)
    except Refused as refusal:
        return problem_of(refusal)
