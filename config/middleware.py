"""Around every request: its id, its time, and what browsers may do with the answer."""

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from accounts.api.authentication import acting_of_token
from config.metrics import LATENCY, REQUESTS
from marketplace.api.entry import SCOPE, enter_batch, enter_order

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What Django and django-csp do not set themselves.
HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ORDER_ENTRY = {"/api/v1/orders/": enter_order, "/api/v1/orders/batch/": enter_batch}


class ObservedMiddleware:
    """The outermost middleware: gives a request its id and counts it by route and status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a caller's own id is kept when it is a plain word."""
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        request.META["HTTP_X_REQUEST_ID"] = request_id
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        route = match.route if match else getattr(request, "short_way", "none")
        LATENCY.labels(route).observe(time.perf_counter() - began)
        REQUESTS.labels(route, request.method or "", response.status_code).inc()
        response["X-Request-ID"] = request_id
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response


class OrderEntryMiddleware:
    """The short way for members' programs: an order with a bearer token meets no session, no
    page and no other middleware. Everything else goes the long way, with the same answers.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Place the order or the batch, if the token's member may."""
        enter = ORDER_ENTRY.get(request.path_info)
        if enter is None or request.method != "POST":
            return self.get_response(request)
        acting = acting_of_token(request)
        if acting is None or not acting.may_trade or not acting.has("BUYER"):
            return self.get_response(request)
        if SCOPE not in acting.scopes or acting.member_id is None:
            return self.get_response(request)
        request.short_way = request.path_info.strip("/")  # type: ignore[attr-defined]
        return enter(request.body, acting)
