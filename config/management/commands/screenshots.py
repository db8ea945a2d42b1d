"""Picture the pages of this checkout's market: both languages and themes, wide and narrow."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import HTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.wsgi import get_wsgi_application
from django.test import Client
from playwright.sync_api import Browser, sync_playwright

from accounts.models import Person
from config.catalogues import compile_all
from counter.context import address_of
from counter.navigation import PLACES

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
LANGUAGES = {"en": "en", "zh": "zh-hans"}
# What the README shows: name of the picture, role, view, language, theme, height, scale.
README = (
    ("request", "BUYER", "marketplace:request", "en", "light"),
    ("market", "", "marketplace:market", "en", "dark"),
    ("national", "REGULATOR", "oversight:national", "zh", "light"),
)
UNDRAWN = "[data-chart]:not([data-ready])"


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextmanager
def _served() -> Iterator[str]:
    """Serve the pages on a free port for as long as pictures are taken."""
    server = _Server(("127.0.0.1", 0), _Quiet)
    server.set_app(get_wsgi_application())
    assert isinstance(server, HTTPServer)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class Command(BaseCommand):
    """`screenshots [--only market] [--readme]`."""

    help = "Write var/shots/<role>-<page>-<language>-<theme>-<width>.png and docs/img."

    def add_arguments(self, parser: CommandParser) -> None:
        """Narrow what is pictured."""
        parser.add_argument("--only", default="", help="pages whose name contains this")
        parser.add_argument("--readme", action="store_true", help="the README's pictures alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Seed a market if there is none, serve it, and picture each page."""
        if not Path(CHROMIUM).exists():
            msg = f"no Chromium at {CHROMIUM}"
            raise CommandError(msg)
        os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        call_command("prepare_database", verbosity=0)
        if not Person.objects.exists():
            call_command("seed", verbosity=0)
        compile_all()
        self.folder = settings.VAR_DIR / "shots"
        self.folder.mkdir(parents=True, exist_ok=True)
        sessions = {role: _session(role) for role in PLACES}
        with _served() as base, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
            if not options["readme"]:
                self._every_page(browser, base, sessions, options["only"])
            self._readme(browser, base, sessions, options["only"])
            browser.close()

    def _every_page(self, browser: Browser, base: str, sessions: dict[str, str], only: str) -> None:
        for role, places in PLACES.items():
            for place in places:
                address = address_of(place.view)
                if not address or only not in place.view:
                    continue
                for language in LANGUAGES:
                    for theme, width in (("light", 1440), ("dark", 1440), ("light", 390)):
                        view = place.view.replace(":", "-")
                        name = f"{role.lower() or 'public'}-{view}-{language}-{theme}-{width}.png"
                        _picture(
                            browser,
                            base + address,
                            self.folder / name,
                            sessions[role],
                            (language, theme, width),
                        )
                self.stdout.write(f"  {role or 'public'} {place.view}")

    def _readme(self, browser: Browser, base: str, sessions: dict[str, str], only: str) -> None:
        images = settings.BASE_DIR / "docs" / "img"
        images.mkdir(parents=True, exist_ok=True)
        for name, role, view, language, theme in README:
            address = address_of(view)
            if not address or only not in view:
                continue
            shot = self.folder / f"readme-{name}.png"
            look = (language, theme, 1440)
            _picture(browser, base + address, shot, sessions[role], look, whole=False)
            shutil.copy(shot, images / f"{name}.png")
            self.stdout.write(f"  docs/img/{name}.png")


def _session(role: str) -> str:
    person = Person.objects.filter(email=f"{role.lower()}@gridhour.example").first()
    if not role or person is None:
        return ""
    client = Client()
    client.force_login(person)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _picture(
    browser: Browser,
    address: str,
    path: Path,
    session: str,
    look: tuple[str, str, int],
    *,
    whole: bool = True,
) -> None:
    language, theme, width = look
    context = browser.new_context(viewport={"width": width, "height": 960}, device_scale_factor=1)
    cookies = {settings.LANGUAGE_COOKIE_NAME: LANGUAGES[language], "theme": theme}
    if session:
        cookies[settings.SESSION_COOKIE_NAME] = session
    context.add_cookies(
        [{"name": key, "value": value, "url": address} for key, value in cookies.items()]
    )
    page = context.new_page()
    page.goto(address)
    page.locator(UNDRAWN).first.wait_for(state="detached")
    page.screenshot(path=path, full_page=whole)
    context.close()
