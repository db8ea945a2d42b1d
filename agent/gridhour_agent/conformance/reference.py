"""The reference platform: one site in memory, to test agents and the suite itself.

`faults` names what it does wrong on purpose: a suite that passes such a platform is worthless.
"""

import json
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gridhour_agent.chain import credential_message, enrolment_message, genesis
from gridhour_agent.conformance.reference_probes import Ways
from gridhour_agent.conformance.reference_work import Work
from gridhour_agent.conformance.refusal import No, signed
from gridhour_agent.market_time import wall_now

FAULTS = (
    *("code_unknown_taken", "code_serves_twice", "code_forgets", "proof_unchecked"),
    *("challenge_serves_twice", "challenge_unbound", "challenge_made_up", "key_unchecked"),
    *("credential_unneeded", "fence_stands_still", "fence_ignored", "protocol_ignored"),
    *("fields_ignored", "clock_wrong", "lease_twice", "lease_kept", "lease_ignored"),
    *("lost_kept", "held_given_again"),
    *("result_overwritten", "figures_unneeded", "hole_taken", "chain_of_anybody"),
    *("head_unchecked", "signature_unchecked", "skew_ignored", "reading_twice"),
    *("reading_overwritten", "agent_kept", "probe_unbounded", "measurement_unproved"),
    *("measurement_untrue", "measurement_twice", "way_of_anybody"),
)
CHAIN = "gh-CONFORM-1"
DOORS = {
    *("sessions", "heartbeats", "leases", "results", "readings", "outputs"),
    *("probes", "measurements"),
}
FIELDS = {
    "sessions": {"protocol", "version"},
    "heartbeats": {
        *("fence", "sent_at", "backlog_readings", "spool_bytes", "dropped_readings"),
        *("handovers", "jobs"),
    },
}


@dataclass
class Reference:
    """One site's platform. Its market clock is real time; a delivery began three hours ago."""

    faults: frozenset[str] = frozenset()
    codes: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    challenges: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    agent: str = ""
    fence: int = 0
    skew: timedelta = timedelta(0)
    heartbeats: list[Mapping[str, Any]] = field(default_factory=list)
    began: datetime = field(
        default_factory=lambda: (
            wall_now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=3)
        )
    )

    def __post_init__(self) -> None:
        """Offer work on one hand-over, and its chain."""
        unknown = self.faults - set(FAULTS)
        if unknown:
            msg = f"no such faults: {sorted(unknown)}"
            raise ValueError(msg)
        self.lock = threading.Lock()
        self.work = Work(self.faults, CHAIN, genesis(CHAIN), self.began)
        self.ways = Ways(self.faults)

    def new_code(self) -> str:
        """Issue a code, which no command takes for an option."""
        code = secrets.token_hex(16)
        self.codes[code] = ""
        return code

    def answer(self, door: str, body: Mapping[str, Any], token: str) -> dict[str, Any]:
        """Answer a call, or raise No."""
        with self.lock:
            if door in {"enrolments", "challenges", "credentials"}:
                return dict(getattr(self, f"_{door}")(body))
            if door not in DOORS:
                raise No(404, "E-NOT-FOUND")
            if token not in self.tokens and "credential_unneeded" not in self.faults:
                raise No(401, "not_authenticated")
            if set(body) - FIELDS.get(door, set(body)) and "fields_ignored" not in self.faults:
                raise No(400, "invalid")
            if door != "sessions":
                self._check_fence(body)
            return dict(getattr(self, f"_{door}")(body))

    def _check_fence(self, body: Mapping[str, Any]) -> None:
        if body.get("fence") != self.fence and "fence_ignored" not in self.faults:
            raise No(409, "E-AGENT-03")

    def _enrolments(self, body: Mapping[str, Any]) -> dict[str, Any]:
        code, key = str(body["code"]), str(body["public_key"])
        if code not in self.codes and "code_unknown_taken" not in self.faults:
            raise No(403, "E-AGENT-01")
        proof = signed(key, str(body["signature"]), enrolment_message(code, key))
        if not proof and "proof_unchecked" not in self.faults:
            raise No(403, "E-AGENT-02")
        known = self.codes.get(code, "")
        if known and self.keys[known] != key and "code_serves_twice" not in self.faults:
            raise No(403, "E-AGENT-01")
        if not known or "code_forgets" in self.faults:
            self._join(code, key)
        agent = self.codes[code]
        token = {"token": self._token(agent), "expires_at": self._soon()}
        return {"agent": agent, "site": "conform", "credential": token}

    def _join(self, code: str, key: str) -> None:
        agent = self.codes[code] = f"sa-{secrets.token_hex(8)}"
        self.keys[agent] = key
        if "agent_kept" not in self.faults:
            self.tokens.clear()
            self.agent = agent
            self.fence += 1

    def _challenges(self, body: Mapping[str, Any]) -> dict[str, Any]:
        challenge = secrets.token_urlsafe(16)
        self.challenges[challenge] = str(body["agent"])
        return {"challenge": challenge}

    def _credentials(self, body: Mapping[str, Any]) -> dict[str, Any]:
        agent, challenge = str(body["agent"]), str(body["challenge"])
        named = self.challenges.get(challenge)
        if named is None and "challenge_made_up" not in self.faults:
            raise No(403, "E-AGENT-02")
        if named not in {None, agent} and "challenge_unbound" not in self.faults:
            raise No(403, "E-AGENT-02")
        message = credential_message(agent, challenge)
        proof = signed(self.keys.get(agent, ""), str(body["signature"]), message)
        if not proof and "key_unchecked" not in self.faults:
            raise No(403, "E-AGENT-02")
        if "challenge_serves_twice" not in self.faults:
            self.challenges.pop(challenge, None)
        return {"token": self._token(agent), "expires_at": self._soon()}

    def _token(self, agent: str) -> str:
        token = secrets.token_urlsafe(16)
        self.tokens[token] = agent
        return token

    def _soon(self) -> str:
        return (wall_now() + timedelta(minutes=15)).isoformat()

    def _sessions(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body["protocol"] != 1 and "protocol_ignored" not in self.faults:
            raise No(422, "E-AGENT-08")
        if "fence_stands_still" not in self.faults or not self.fence:
            self.fence += 1
        self.work.free()
        now = wall_now().isoformat()
        return {"fence": self.fence, "site": "conform", "poll_seconds": 1, "server_at": now}

    def _heartbeats(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.skew = datetime.fromisoformat(str(body["sent_at"])) - wall_now()
        self.heartbeats.append(body)
        shift = timedelta(hours=1) if "clock_wrong" in self.faults else timedelta(0)
        origin = datetime(2026, 1, 1, tzinfo=UTC).isoformat()
        return {
            "server_at": (wall_now() + shift).isoformat(),
            "clock": {"wall_origin": origin, "market_origin": origin, "factor": 1},
            "meters": [self.work.meter()],
        }

    def _leases(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self.work.lose(body.get("holding"))
        return {"commands": self.work.lease(int(body["limit"]))}

    def _results(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.work.result(body)

    def _readings(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if abs(self.skew) > timedelta(minutes=1) and "skew_ignored" not in self.faults:
            raise No(409, "E-AGENT-06")
        return self.work.readings(body, self.keys.get(self.agent, ""))

    def _probes(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        return self.ways.named()

    def _measurements(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.ways.taken(body, self.agent, self.keys.get(self.agent, ""))

    def _outputs(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return self.work.output(body)


@contextmanager
def serving(reference: Reference, port: int = 0) -> Iterator[str]:
    """Serve on loopback; yield the address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), _handler(reference))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(reference: Reference) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # Head and body in one piece: two would wait for each other.
        wbufsize = 1 << 16

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            door = self.path.removeprefix("/api/v1/agent/").strip("/")
            try:
                status, told = 200, reference.answer(door, json.loads(body), token)
            except No as no:
                status, told = no.status, {"code": no.code, "title": str(no)}
            except (KeyError, ValueError, TypeError) as failure:
                status, told = 400, {"code": "invalid", "title": repr(failure)}
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_told: object) -> None:
            """Say nothing."""

    return Handler
