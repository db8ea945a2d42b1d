"""The HTTP door of the emulator, on loopback only."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.stripe_emulator.parameters import parse, refuse_unknown
from sandbox.stripe_emulator.payments import Payments
from sandbox.stripe_emulator.problems import StripeProblem, missing
from sandbox.stripe_emulator.refunds import Refunds
from sandbox.stripe_emulator.state import State, listing
from sandbox.stripe_emulator.webhooks import Webhooks

Answer = dict[str, Any]


class StripeEmulator:
    """A running emulator; `address` is what `base_addresses["api"]` names."""

    def __init__(
        self,
        *,
        secret_key: str,
        port: int = 0,
        webhook_url: str = "",
        webhook_secret: str = "",
        state_file: Path | None = None,
    ) -> None:
        self.secret_key = secret_key
        self.state = State(state_file)
        self._server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.payments = Payments(self.state, self.address)
        self.refunds = Refunds(self.state, self.payments)
        self.webhooks = Webhooks(self.state, webhook_url, webhook_secret)

    def start(self) -> "StripeEmulator":
        """Serve in a thread."""
        self.webhooks.start()
        threading.Thread(target=self.serve, daemon=True, name="stripe-emulator").start()
        return self

    def serve(self) -> None:
        """Serve here and now, until `stop`."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Stop serving and sending."""
        self._server.shutdown()
        self._server.server_close()
        self.webhooks.stop()

    def answer(self, method: str, path: str, text: str, key: str) -> tuple[int, Answer, bool]:
        """Return status, body and whether it is the stored answer of an idempotency key."""
        with self.state.lock:
            digest = hashlib.sha256(f"{method} {path}\n{text}".encode()).hexdigest()
            stored = self.state.answers.get(key) if key else None
            if stored is not None:
                if stored["digest"] != digest:
                    message = (
                        "Keys for idempotent requests can only be used with the same parameters."
                    )
                    problem = StripeProblem(400, "idempotency_error", message)
                    return problem.status, problem.body, False
                return stored["status"], stored["body"], True
            try:
                status, body = 200, self._act(method, path, parse(text))
            except StripeProblem as problem:
                status, body = problem.status, problem.body
                if problem.is_validation:
                    return status, body, False
            body = json.loads(json.dumps(body))
            if key:
                self.state.answers[key] = {"digest": digest, "status": status, "body": body}
            if method == "POST":
                self.state.keep()
            return status, body, False

    def _act(self, method: str, path: str, parameters: dict[str, Any]) -> Answer:
        parts = path.removeprefix("/v1/").strip("/").split("/")
        route = f"{method} {parts[0]}" + ("/*" if len(parts) > 1 else "")
        route += f"/{parts[2]}" if len(parts) > 2 else ""
        act = self._routes().get(route)
        if act is None:
            raise StripeProblem(
                404, "invalid_request_error", f"Unrecognized request URL ({method}: {path})."
            )
        refuse_unknown(route, parameters)
        return act(parts[1] if len(parts) > 1 else "", parameters)

    def _routes(self) -> dict[str, Callable[[str, dict[str, Any]], Answer]]:
        state, payments, refunds = self.state, self.payments, self.refunds
        return {
            "POST payment_intents": lambda _, p: payments.create(p),
            "POST payment_intents/*/confirm": payments.confirm,
            "POST payment_intents/*/cancel": payments.cancel,
            "GET payment_intents/*": lambda name, _: payments.retrieve(name),
            "GET payment_intents": lambda _, p: listing(
                "/v1/payment_intents", list(state.intents.values()), p
            ),
            "POST refunds": lambda _, p: refunds.create(p),
            "GET refunds/*": lambda name, _: refunds.retrieve(name),
            "GET refunds": lambda _, p: listing(
                "/v1/refunds",
                [
                    refund
                    for refund in state.refunds.values()
                    if p.get("payment_intent") in {None, refund["payment_intent"]}
                ],
                p,
            ),
            "GET events/*": lambda name, _: self._event(name),
            "GET events": lambda _, p: listing("/v1/events", list(state.events.values()), p),
            "GET balance": lambda _, p: self._balance(),
        }

    def _event(self, name: str) -> Answer:
        if name not in self.state.events:
            raise missing("event", name)
        return self.state.events[name]

    def _balance(self) -> Answer:
        received = sum(int(i["amount_received"]) for i in self.state.intents.values())
        returned = sum(
            int(r["amount"]) for r in self.state.refunds.values() if r["status"] != "failed"
        )
        available = [{"amount": received - returned, "currency": "cny"}]
        return {"object": "balance", "available": available, "pending": [], "livemode": False}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, emulator: StripeEmulator, *args: Any) -> None:
        self._emulator = emulator
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer a question, or show the page of a card holder's bank."""
        url = urlsplit(self.path)
        if url.path.startswith("/_emulator/"):
            self._bank_page(url.path, parse_qs(url.query))
            return
        self._stripe("GET", url.path, url.query)

    def do_POST(self) -> None:
        """Do what is asked."""
        length = int(self.headers.get("Content-Length", 0))
        self._stripe("POST", urlsplit(self.path).path, self.rfile.read(length).decode())

    def _stripe(self, method: str, path: str, text: str) -> None:
        if not self._is_allowed():
            message = "Invalid API Key provided."
            problem = StripeProblem(401, "invalid_request_error", message)
            self._send(401, problem.body)
            return
        key = self.headers.get("Idempotency-Key", "") if method == "POST" else ""
        status, body, replayed = self._emulator.answer(method, path, text, key)
        self._send(status, body, replayed=replayed)

    def _is_allowed(self) -> bool:
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        if kind == "Basic":
            value = base64.b64decode(value).decode().rstrip(":")
        return value == self._emulator.secret_key

    def _bank_page(self, path: str, query: dict[str, list[str]]) -> None:
        name = path.rpartition("/")[2]
        back = query.get("return_url", [""])[0]
        choice = query.get("choice", [""])[0]
        if choice:
            self._emulator.payments.authenticate(name, success=choice == "yes")
            self.send_response(303)
            self.send_header("Location", back or "/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        links = "".join(
            f'<p><a href="?return_url={back}&amp;choice={value}">{label}</a></p>'
            for value, label in (("yes", "Approve / 批准"), ("no", "Refuse / 拒绝"))
        )
        page = f"<!doctype html><title>Test bank</title><h1>Test bank</h1>{links}".encode()
        self._raw(200, page, "text/html; charset=utf-8")

    def _send(self, status: int, body: Answer, *, replayed: bool = False) -> None:
        extra = {"Idempotent-Replayed": "true"} if replayed else {}
        self._raw(status, json.dumps(body).encode(), "application/json", extra)

    def _raw(
        self, status: int, body: bytes, kind: str, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        headers = {"Content-Type": kind, "Content-Length": str(len(body)), **(extra or {})}
        for name, value in {"Request-Id": "req_emulated", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing: the tests and the demo have their own words."""
