"""Problems: every refusal of the API is problem+json with a typed code (RFC 9457)."""

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from counter.templatetags.figures import instant, money
from exchange.refusal import NotFound, Refused

PROBLEM_JSON = "application/problem+json"


def sentence_of(refusal: Refused) -> str:
    """Return the refusal's sentence in the reader's language, filled with its facts."""
    text = MONEY.sub(r"%(\1)s", gettext(refusal.sentence))
    return (
        text % {name: _said(name, value) for name, value in refusal.facts.items()}
        if (refusal.facts)
        else text
    )


# People read money and local time; the whole micros and the UTC instant stay in the facts.
MONEY = re.compile(r"%\((\w+_micros)\)s(?: micros| 微元)")
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")


def _said(name: str, value: object) -> object:
    if isinstance(value, int) and name.endswith("_micros"):
        return money(value)
    if isinstance(value, str) and INSTANT.match(value):
        return instant(datetime.fromisoformat(value))
    return instant(value) if isinstance(value, datetime) else value


def problem_of(refusal: Refused) -> dict[str, Any]:
    """Return the refusal as a problem document, naming the field at fault."""
    problem: dict[str, Any] = {
        "type": f"urn:gridhour:{refusal.code.lower()}",
        "title": sentence_of(refusal),
        "status": refusal.status,
        "code": refusal.code,
    }
    if refusal.field:
        problem["errors"] = [
            {"field": refusal.field, "code": refusal.code, "detail": problem["title"]}
        ]
    return problem


def _field_errors(detail: Any, path: str = "") -> list[dict[str, str]]:
    """Flatten DRF's nested details to rows of field, code and sentence."""
    if isinstance(detail, dict):
        return [
            row
            for key, value in detail.items()
            for row in _field_errors(value, f"{path}.{key}" if path else str(key))
        ]
    if isinstance(detail, list):
        return [
            row
            for index, value in enumerate(detail)
            for row in _field_errors(value, path if isinstance(value, str) else f"{path}[{index}]")
        ]
    code = str(getattr(detail, "code", "invalid"))
    return [{"field": path, "code": code, "detail": str(detail)}]


def problem_of_framework(exc: exceptions.APIException) -> dict[str, Any]:
    """Return the problem document of one of the framework's own refusals."""
    problem: dict[str, Any] = {
        "type": f"urn:gridhour:{exc.default_code}",
        "title": str(exc.default_detail),
        "status": exc.status_code,
        "code": exc.default_code,
    }
    if isinstance(exc, exceptions.ValidationError):
        problem["errors"] = _field_errors(exc.detail)
    else:
        problem["title"] = str(exc.detail)
    return problem


def exception_handler(exc: Exception, _context: dict[str, Any]) -> Response | None:
    """Answer refusals as problem+json; let everything else become a 500."""
    headers: dict[str, str] = {}
    if isinstance(exc, Http404):
        exc = NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, Refused):
        problem = problem_of(exc)
        if exc.again_after_s:
            headers["Retry-After"] = str(exc.again_after_s)
    elif isinstance(exc, exceptions.APIException):
        problem = problem_of_framework(exc)
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait))
        if auth_header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
    else:
        return None
    set_rollback()
    return Response(problem, status=problem["status"], headers=headers, content_type=PROBLEM_JSON)
