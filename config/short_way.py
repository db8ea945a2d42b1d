"""The short way for members' programs: an order with a known token meets no framework.

It takes what the API's views of the same addresses would take, and answers the same; whatever
it is not sure of goes the long way, a token that is none among it.
"""

import re
import time
import uuid
from collections.abc import Callable, Iterable
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils import translation
from rest_framework.exceptions import Throttled

from accounts.api.authentication import look_up
from accounts.api.believed import BEARER, believed
from accounts.api.entry_calls import too_many_entries
from accounts.api.throttling import seconds_to_wait
from config.metrics import LATENCY, REQUESTS
from config.middleware import HEADERS, REQUEST_ID
from counter.acting import Acting
from counter.problems import problem_of_framework
from marketplace.api.answered import Answered, problem_answered
from marketplace.api.entry import (
    SCOPE,
    Asked,
    enter_batch,
    enter_cancel,
    enter_cancel_all,
    enter_change,
    enter_order,
    prefers_early,
)

log = structlog.get_logger(__name__)
Environ = dict[str, Any]
Start = Callable[..., Any]
Application = Callable[[Environ, Start], Iterable[bytes]]
Door = Callable[[Asked], Answered]
ORDERS = "/api/v1/orders/"
DOORS: dict[str, Door] = {
    ORDERS: enter_order,
    f"{ORDERS}batch/": enter_batch,
    f"{ORDERS}cancel-all/": enter_cancel_all,
}
OF_AN_ORDER: dict[str, Door] = {"cancel": enter_cancel, "replace": enter_change}
ORDER = re.compile(rf"{ORDERS}([0-9]{{1,18}})/(cancel|replace)/")
# As Django's and the outermost middleware say it of every answer.
ALWAYS = [
    *HEADERS.items(),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
    ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
    ("X-Frame-Options", settings.X_FRAME_OPTIONS),
    ("Vary", "Accept, Accept-Language, Cookie"),
]
FAILED = {
    "type": "urn:gridhour:error",
    "title": "The request failed. It may have happened: send the same again.",
    "status": 500,
    "code": "error",
}
PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Entrance(NamedTuple):
    """The door that an address means, under the name by which calls are counted."""

    route: str
    enter: Door
    order_id: int = 0


class ShortWay:
    """Stands before the framework and takes from it what programs send most."""

    def __init__(self, application: Application) -> None:
        self.application = application

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer an entry that a member's token may make; pass everything else on."""
        entrance = _entrance_of(environ)
        acting = None if entrance is None else _acting_of(environ)
        if entrance is None or acting is None:
            return self.application(environ, start)
        began = time.perf_counter()
        answer = _answer(entrance, acting, environ)
        LATENCY.labels(entrance.route).observe(time.perf_counter() - began)
        REQUESTS.labels(entrance.route, "POST", answer.status).inc()
        name = ("X-Request-ID", _request_id(environ))
        start(PHRASES[answer.status], [*answer.headers.items(), name, *ALWAYS])
        return [answer.content]


def _entrance_of(environ: Environ) -> Entrance | None:
    path = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] != "POST" or not path.startswith(ORDERS) or environ["SCRIPT_NAME"]:
        return None
    door = DOORS.get(path)
    if door is not None:
        return Entrance(path.strip("/"), door)
    named = ORDER.fullmatch(path)
    if named is None:
        return None
    number, act = named.groups()
    return Entrance(f"api/v1/orders/<int:order_id>/{act}/", OF_AN_ORDER[act], int(number))


def _acting_of(environ: Environ) -> Acting | None:
    """Return for whom the token acts, if nothing of the request asks for more than we do."""
    header = environ.get("HTTP_AUTHORIZATION", "")
    if not header.startswith(BEARER) or not _is_plain(environ):
        return None
    acting = believed(header) or _looked_up(environ)
    if acting is None or not acting.may_trade or acting.member_id is None:
        return None
    return acting if SCOPE in acting.scopes else None


def _is_plain(environ: Environ) -> bool:
    return (
        "HTTP_COOKIE" not in environ
        and _is_our_host(environ.get("HTTP_HOST", ""))
        and _is_secure(environ)
        and 0 <= _length_of(environ) <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    )


def _looked_up(environ: Environ) -> Acting | None:
    """Look the token up, with the framework's care for the database.

    Where that is away the long way says so.
    """
    request_started.send(sender=ShortWay, environ=environ)
    try:
        return look_up(environ)
    except DatabaseError:
        log.warning("token_not_looked_up", exc_info=True)
        return None
    finally:
        request_finished.send(sender=ShortWay)


def _length_of(environ: Environ) -> int:
    length = environ.get("CONTENT_LENGTH") or "0"
    if "HTTP_TRANSFER_ENCODING" in environ or not length.isdigit():
        return -1
    return int(length)


@lru_cache(maxsize=64)
def _is_our_host(host: str) -> bool:
    return validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


def _is_secure(environ: Environ) -> bool:
    """Tell whether the long way would not redirect to HTTPS."""
    if not settings.SECURE_SSL_REDIRECT:
        return True
    proxied: tuple[str, str] | None = settings.SECURE_PROXY_SSL_HEADER
    if proxied and proxied[0] in environ:
        return bool(environ[proxied[0]] == proxied[1])
    return bool(environ["wsgi.url_scheme"] == "https")


def _answer(entrance: Entrance, acting: Acting, environ: Environ) -> Answered:
    translation.activate(_language_of(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
    if too_many_entries(acting.member_id or 0):
        wait = seconds_to_wait()
        return problem_answered(problem_of_framework(Throttled(wait)), int(wait))
    body = environ["wsgi.input"].read(_length_of(environ))
    early = prefers_early(environ.get("HTTP_PREFER", ""))
    asked = Asked(body, acting, entrance.order_id, early)
    try:
        if settings.ENGINE_SOCKET:
            return entrance.enter(asked)
        # Without an engine this process takes the market's turn itself, in the database.
        request_started.send(sender=ShortWay, environ=environ)
        try:
            return entrance.enter(asked)
        finally:
            request_finished.send(sender=ShortWay)
    except Exception:
        log.exception("entry_failed", request_id=_request_id(environ))
        return problem_answered(FAILED)


@lru_cache(maxsize=256)
def _language_of(accepted: str) -> str:
    """Return the language in which the long way would answer."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return translation.get_language_from_request(request)


def _request_id(environ: Environ) -> str:
    """Return the request's id: a caller's own when it is a plain word."""
    given = environ.get("HTTP_X_REQUEST_ID", "")
    if not REQUEST_ID.fullmatch(given):
        given = environ["HTTP_X_REQUEST_ID"] = uuid.uuid4().hex
    return str(given)
