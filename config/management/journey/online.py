"""The day through the web: orders by API with retries, sweeps by the worker."""

import time
from datetime import datetime
from typing import Any

import httpx
import msgspec
from celery import current_app
from kombu.exceptions import OperationalError

from accounts.actions import ensure_person, issue_credential
from accounts.queries import member_with_id
from config.conductor import JOURNEY
from config.management.journey.day import Day
from config.pending import what_is_due
from config.seed.load import DEMO_PASSWORD
from exchange.refusal import Refused
from marketplace.domain.order_request import OrderRequest
from timetable.queries import market_now, wall_now

RETRY_EVERY_S = 0.3
RETRIES = 600
KICK_EVERY_S = 2.0
PATIENCE_S = 300.0
LOOK_EVERY_S = 0.05
SERVER_TROUBLE = 500


class NoAnswer(Exception):
    """The house did not answer, or did not finish its work, within our patience."""


class RefusedOnline(Refused):
    """The API refused the order; the code is the market's own."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__()


class OnlineDay(Day):
    """The same day, but every order is sent until it is acknowledged, once whatever dies."""

    def connect(self, address: str) -> None:
        """Get a credential and a token for every buyer."""
        self.http = httpx.Client(base_url=address, timeout=20)
        self.tokens = {buyer_id: self._token(buyer_id) for buyer_id in self.buyer_ids}

    def _token(self, buyer_id: int) -> str:
        member, now = member_with_id(buyer_id), market_now()
        person = ensure_person(
            email=f"journey@{member.code}.example",
            password=DEMO_PASSWORD,
            full_name="Journey",
            member_code=member.code,
            role="ADMIN",
            now=now,
        )
        issued = issue_credential(
            member_id=buyer_id,
            name=f"journey {wall_now():%Y-%m-%d %H:%M:%S}",
            scopes=["orders", "market:read"],
            by_person_id=person.pk,
            now=now,
        )
        answer = self._send(
            "/oauth/token/",
            data={
                "grant_type": "client_credentials",
                "client_id": issued.client_id,
                "client_secret": issued.client_secret,
                "scope": "orders market:read",
            },
        )
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def _send(self, path: str, **content: Any) -> httpx.Response:
        """Post until someone answers; the same content each time."""
        for _ in range(RETRIES):
            try:
                answer = self.http.post(path, **content)
            except httpx.TransportError:
                answer = None
            if answer is not None and answer.status_code < SERVER_TROUBLE:
                return answer
            time.sleep(RETRY_EVERY_S)
        message = f"no answer from {path} after {RETRIES} tries"
        raise NoAnswer(message)

    def send_order(
        self, buyer_id: int, client_order_id: str, request: OrderRequest, _now: datetime
    ) -> tuple[int, bool]:
        """Place by API; return the acknowledged order's number and whether it got something."""
        answer = self._send(
            "/api/v1/orders/",
            json={"client_order_id": client_order_id, **body_of(request)},
            headers={"Authorization": f"Bearer {self.tokens[buyer_id]}"},
        )
        problem = answer.json()
        if answer.is_client_error:
            raise RefusedOnline(str(problem.get("code", answer.status_code)))
        return int(problem["id"]), bool(problem["filled"])

    def enter_auction(self, now: datetime) -> None:
        """Leave the auction out: this day is compared with one whose worker dies in between."""

    def sweep(self, now: datetime) -> None:
        """Wake the worker until nothing is due; a lost message is sent again."""
        began = time.monotonic()
        kicked = -KICK_EVERY_S
        while (due := what_is_due(now=now, wall=wall_now())) or kicked < 0:
            waited = time.monotonic() - began
            if waited > PATIENCE_S:
                message = f"still due after {PATIENCE_S:.0f} s: {', '.join(due)}"
                raise NoAnswer(message)
            if waited - kicked >= KICK_EVERY_S:
                kick()
                kicked = waited
            time.sleep(LOOK_EVERY_S)

    def close(self, now: datetime) -> None:
        """Finish what is looked for but never due at an instant: expiries, invoices, payouts."""
        super().sweep(now)


def kick() -> None:
    """Ask the worker to walk every leg; when the broker is away, the next kick asks again."""
    for leg in JOURNEY:
        try:
            current_app.send_task("config.walk_leg", args=[leg.name], retry=False, expires=30)
        except OperationalError:
            return


def body_of(request: OrderRequest) -> dict[str, Any]:
    """Return the request as JSON: what differs from the defaults."""
    body: dict[str, Any] = {}
    for field in msgspec.structs.fields(request):
        value = getattr(request, field.name)
        if value != field.default:
            body[field.name] = value.isoformat() if isinstance(value, datetime) else value
    return body
