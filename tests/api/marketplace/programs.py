"""Members' programs: a token, and the short way as the web server opens it."""

import io
import json
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.urls import clear_script_prefix

from accounts.actions import issue_credential
from config.short_way import ShortWay
from tests.cast import Player
from tests.world import World


@dataclass
class Heard:
    """What a program is answered."""

    status_code: int
    headers: dict[str, str]
    content: bytes
    short: bool

    def json(self) -> Any:
        return json.loads(self.content)


def token_of(world: World, player: Player, *scopes: str) -> str:
    """Return a fresh token of a member's credential."""
    issued = issue_credential(
        member_id=player.member.pk,
        name="desk",
        scopes=list(scopes),
        by_person_id=player.person.pk,
        now=world.now,
    )
    sent = {
        "grant_type": "client_credentials",
        "client_id": issued.client_id,
        "client_secret": issued.client_secret,
    }
    return str(Client().post("/oauth/token/", sent).json()["access_token"])


@lru_cache(maxsize=1)
def framework() -> WSGIHandler:
    return WSGIHandler()


class Program:
    """Speaks to the web server's door itself, below any test client."""

    def __init__(self, token: str, **headers: str) -> None:
        self.headers = {"HTTP_AUTHORIZATION": f"Bearer {token}", **headers}
        self.passed_on = 0

    def post(self, path: str, body: Any = None, **more: str) -> Heard:
        content = b"" if body is None else json.dumps(body).encode()
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "POST",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "testserver",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(content)),
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": sys.stderr,
            **self.headers,
            **more,
        }
        told: list[tuple[str, list[tuple[str, str]]]] = []
        before = self.passed_on
        # As Django's own test client does: the test's transaction lives on.
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
        try:
            answer = b"".join(ShortWay(self._pass_on)(environ, lambda *said: told.append(said)))
        finally:
            for signal in (request_started, request_finished):
                signal.connect(close_old_connections)
            # A request under a prefix leaves it behind in its thread.
            clear_script_prefix()
        status, headers = told[0]
        return Heard(int(status[:3]), dict(headers), answer, self.passed_on == before)

    def _pass_on(self, environ: dict[str, Any], start: Any) -> Any:
        self.passed_on += 1
        return framework()(environ, start)


def long_way(program: Program, path: str, sent: Any) -> Heard:
    """The same through the framework alone."""
    answer = Client().post(
        path,
        b"" if sent is None else json.dumps(sent),
        content_type="application/json",
        headers={"Authorization": program.headers["HTTP_AUTHORIZATION"]},
    )
    return Heard(answer.status_code, dict(answer.headers), answer.content, short=False)
