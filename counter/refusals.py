"""Refusals on pages: a no is a page that says what to change, never a server error."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from counter.problems import sentence_of
from exchange.refusal import Refused


class RefusalPageMiddleware:
    """Answers a refusal that a page did not show itself with the refusal page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer `Refused` with its own status and sentence; leave the rest alone."""
        if not isinstance(exception, Refused):
            return None
        template = "404.html" if exception.status == 404 else "refused.html"
        facts = {"sentence": sentence_of(exception), "code": exception.code}
        return render(request, template, facts, status=exception.status)
