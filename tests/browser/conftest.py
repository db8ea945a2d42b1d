"""The browser's ground: Chromium, a served market with every role signed in."""

import os
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer

from accounts.models import Person
from config.catalogues import compile_all
from tests.browser.market import EMAILS, furnish

# Playwright's loop lives in the main thread; the ORM is used beside it, never inside.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
Sessions = dict[str, dict[str, str]]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests share one market, hence one worker; without Chromium they skip."""
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.browser)
        # The server reads the regulator's pages through the role that can only read.
        item.add_marker(pytest.mark.django_db(databases=["default", "reader"]))
        item.add_marker(pytest.mark.xdist_group("browser"))
        if not Path(CHROMIUM).exists():
            item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium, quietly."""
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture(scope="package")
def served(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[str, Sessions]]:
    """Serve a furnished market with everybody signed in; remove the rows at the end.

    All of it is committed before the first test's own transaction begins.
    """
    compile_all()
    with django_db_blocker.unblock():
        furnish()
        sessions = {role: _signed_in(email) for role, email in EMAILS.items()}
        server = LiveServer("127.0.0.1")
        yield server.url, sessions
        server.stop()
        call_command("flush", interactive=False, verbosity=0, stdout=StringIO())


def _signed_in(email: str) -> dict[str, str]:
    client = Client()
    client.force_login(Person.objects.get(email=email))
    return {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
def market(served: tuple[str, Sessions]) -> str:
    """The address of the market."""
    return served[0]


@pytest.fixture
def cookies_of(served: tuple[str, Sessions]) -> Callable[[str], list[dict[str, Any]]]:
    """Return the session cookies of a role; none for a stranger."""
    url, sessions = served

    def sign_in(role: str) -> list[dict[str, Any]]:
        kept = sessions.get(role, {})
        return [{"name": name, "value": value, "url": url} for name, value in kept.items()]

    return sign_in
