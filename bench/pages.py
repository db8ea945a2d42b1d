"""pages.p95_vs_hello: the ten main pages on seeded data by a bare view."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import NoReverseMatch, include, path, reverse

from accounts.models import Person
from bench.figures import Figure, Round, Run, figure, percentile
from bench.machine import watched
from bench.server import postmaster

MAIN_PAGES = (
    ("buyer", "marketplace:market"),
    ("buyer", "marketplace:request"),
    ("buyer", "marketplace:orders"),
    ("buyer", "contracts:agreements"),
    ("buyer", "delivery:deliveries"),
    ("buyer", "billing:wallet"),
    ("seller", "desk:seller"),
    ("seller", "marketplace:listings"),
    ("seller", "marketplace:sites"),
    ("regulator", "oversight:national"),
    ("regulator", "desk:trail"),
)
MOST_PAGES = 10


def hello(_request: HttpRequest) -> HttpResponse:
    """Answer without looking anything up."""
    return HttpResponse("hello")


urlpatterns = [path("bench-hello/", hello), path("", include("config.urls"))]


class Pages:
    """In-process requests through the whole stack: settings, middleware, sessions, templates."""

    def __init__(self, seconds: float, _mix: str) -> None:
        self.repeats = max(3, round(seconds * 2))
        self.postmaster = postmaster()
        self.clients: dict[str, Client] = {}
        self.pages: list[tuple[str, str]] = []

    def figures(self) -> list[Figure]:
        """Return the empty figure."""
        names = ", ".join(address for _role, address in self.pages)
        mix = (
            f"server time of {len(self.pages)} main pages ({names}), signed in,"
            f" {self.repeats} times each, p95 of all requests ÷ p95 of a view that answers hello"
            " behind the same middleware, signed in"
        )
        return [figure("pages.p95_vs_hello", "ratio", mix)]

    @contextmanager
    def open(self) -> Iterator["Pages"]:
        """Sign everyone in and look at each page once."""
        with override_settings(ROOT_URLCONF="bench.pages"):
            for role in ("buyer", "seller", "regulator"):
                self.clients[role] = Client()
                person = Person.objects.get(email=f"{role}@gridhour.example")
                self.clients[role].force_login(person)
            self.pages = list(self._found())[:MOST_PAGES]
            yield self

    def round(self) -> list[Round]:
        """Measure the pages, then the bare view as often."""
        hello_often = [("buyer", "/bench-hello/")] * len(self.pages)
        return [Round(ours=self._measured(self.pages), peer=self._measured(hello_often))]

    def _found(self) -> Iterator[tuple[str, str]]:
        for role, view in MAIN_PAGES:
            try:
                address = reverse(view)
            except NoReverseMatch:
                continue
            if self.clients[role].get(address).status_code == 200:
                yield role, address

    def _measured(self, pages: list[tuple[str, str]]) -> Run:
        seconds: list[float] = []
        usage = watched(
            lambda: seconds.extend(self._look(pages)),
            ours=[os.getpid(), self.postmaster],
            servers=[os.getpid(), self.postmaster],
        )
        return Run(
            value=percentile(seconds, 95) * 1_000,
            unit="ms p95",
            cpu_us_each=usage.servers_s * 1_000_000 / len(seconds),
            foreign_bp=usage.foreign_bp,
            note=f"p50 {percentile(seconds, 50) * 1_000:.1f} ms",
        )

    def _look(self, pages: list[tuple[str, str]]) -> Iterator[float]:
        for _ in range(self.repeats):
            for role, address in pages:
                start = time.perf_counter()
                answer = self.clients[role].get(address)
                yield time.perf_counter() - start
                if answer.status_code != 200:
                    msg = f"{address} answered {answer.status_code}"
                    raise RuntimeError(msg)
