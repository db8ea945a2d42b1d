"""Around every request: its id, its time, and what browsers may do with the answer."""

import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from config.metrics import LATENCY, REQUESTS

REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
# What Django and django-csp do not set themselves.
HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}


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
        route = match.route if match else "none"
        LATENCY.labels(route).observe(time.perf_counter() - began)
        REQUESTS.labels(route, request.method or "", response.status_code).inc()
        response["X-Request-ID"] = request_id
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response
