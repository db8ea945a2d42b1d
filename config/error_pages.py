"""When something is wrong: a page with the request's id, or a problem document for the API."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.views.decorators.csrf import requires_csrf_token

from counter.problems import PROBLEM_JSON

AGAIN_AFTER_S = "1"


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that cannot be read."""
    return _answer(request, HTTPStatus.BAD_REQUEST)


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that the caller may not make."""
    return _answer(request, HTTPStatus.FORBIDDEN)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request for what is not there, or is somebody else's."""
    return _answer(request, HTTPStatus.NOT_FOUND)


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a failure of ours, without the database and without a context.

    A database that is away is no failure of the program: the same may be sent again.
    """
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR)
    answer = _answer(request, HTTPStatus.SERVICE_UNAVAILABLE)
    answer["Retry-After"] = AGAIN_AFTER_S
    return answer


def _answer(request: HttpRequest, status: HTTPStatus) -> HttpResponse:
    request_id = request.headers.get("X-Request-ID", "")
    if request.path.startswith("/api/"):
        problem = {
            "type": f"urn:gridhour:{status.name.lower()}",
            "title": status.phrase,
            "status": status.value,
            "code": status.name.lower(),
            "request_id": request_id,
        }
        return JsonResponse(problem, status=status, content_type=PROBLEM_JSON)
    alone = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    page = render_to_string(
        f"{status.value}.html", {"request_id": request_id}, None if alone else request
    )
    return HttpResponse(page, status=status)
