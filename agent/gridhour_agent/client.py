"""Calls to the platform: credentials renewed by the key, refusals with their codes."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from gridhour_agent import PROTOCOL, VERSION
from gridhour_agent.chain import credential_message, enrolment_message
from gridhour_agent.identity import Key
from gridhour_agent.wire import WireBroken, mapping, text, whole

TIMEOUT_S = 15
MOST_BYTES = 4 * 1024 * 1024
FENCED = "E-AGENT-03"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Unreachable(Exception):
    """The platform cannot be reached, or cannot serve now; trying again later may help."""


class Refused(Exception):
    """The platform said no, with a code."""

    def __init__(self, status: int, code: str, title: str) -> None:
        """Keep what was said."""
        self.status, self.code, self.title = status, code, title
        super().__init__(f"{status} {code}: {title}")


class FencedOff(Refused):
    """A later session of the site has begun; this agent must stop."""


def checked_url(url: str) -> str:
    """Return the platform's address without a slash at the end; ValueError unless it is safe.

    Credentials travel by HTTPS, or stay on this machine.
    """
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or local):
        msg = f"{url}: an https address, or http on loopback"
        raise ValueError(msg)
    return url.rstrip("/")


class Doors:
    """The platform's doors for agents, by name; no state but the connection."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        """Call the platform at `url`, which is checked."""
        self.http = httpx.Client(
            base_url=f"{checked_url(url)}/api/v1/agent/",
            timeout=TIMEOUT_S,
            transport=transport,
            headers={"user-agent": f"gridhour-agent/{VERSION}", "accept": "application/json"},
        )

    def close(self) -> None:
        """Close the connection."""
        self.http.close()

    def call(self, door: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
        """Return the answer; Refused with its code, Unreachable, or WireBroken."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        try:
            answer = self.http.post(f"{door}/", json=body, headers=headers)
        except httpx.HTTPError as failure:
            msg = f"{door}: {type(failure).__name__} {failure}"
            raise Unreachable(msg) from failure
        if answer.status_code == 429 or answer.status_code >= 500:
            msg = f"{door}: the platform answered {answer.status_code}"
            raise Unreachable(msg)
        told = _json(door, answer)
        if answer.status_code >= 400:
            code = str(told.get("code", ""))
            kind = FencedOff if code == FENCED else Refused
            raise kind(answer.status_code, code, str(told.get("title", ""))[:300])
        return told

    def enrol(self, key: Key, code: str) -> tuple[str, str, str]:
        """Join with a code; return agent, site and the first token."""
        proof = key.sign(enrolment_message(code, key.public))
        told = self.call("enrolments", {"code": code, "public_key": key.public, "signature": proof})
        return text(told, "agent"), text(told, "site"), text(mapping(told, "credential"), "token")

    def credential(self, key: Key, agent: str) -> str:
        """Return a fresh token for the agent, proved by its key."""
        challenge = text(self.call("challenges", {"agent": agent}), "challenge")
        proof = key.sign(credential_message(agent, challenge))
        told = self.call(
            "credentials", {"agent": agent, "challenge": challenge, "signature": proof}
        )
        return text(told, "token")


def _json(door: str, answer: httpx.Response) -> dict[str, Any]:
    if len(answer.content) > MOST_BYTES:
        msg = f"{door}: an answer of {len(answer.content)} bytes"
        raise WireBroken(msg)
    try:
        told = answer.json()
    except ValueError:
        told = None
    if not isinstance(told, dict):
        msg = f"{door}: the answer ({answer.status_code}) is not an object of JSON"
        raise WireBroken(msg)
    return told


class Session:
    """One session of the agent: every call carries its fence, 401 renews the credential once."""

    def __init__(self, doors: Doors, key: Key, agent: str) -> None:
        """Belong to one agent; nothing is called yet."""
        self.doors, self.key, self.agent = doors, key, agent
        self.token = ""
        self.fence = 0
        self.poll_seconds = 2

    def begin(self) -> None:
        """Begin a session; earlier ones are fenced off from now on."""
        told = self._call("sessions", {"protocol": PROTOCOL, "version": VERSION})
        self.fence = whole(told, "fence")
        self.poll_seconds = max(1, min(60, whole(told, "poll_seconds")))

    def call(self, door: str, **body: Any) -> dict[str, Any]:
        """Call a door under the session's fence; FencedOff when a later one has begun."""
        return self._call(door, {"fence": self.fence} | body)

    def _call(self, door: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if not self.token:
            self.token = self.doors.credential(self.key, self.agent)
        try:
            return self.doors.call(door, body, self.token)
        except Refused as refusal:
            if refusal.status != 401:
                raise
        self.token = self.doors.credential(self.key, self.agent)
        return self.doors.call(door, body, self.token)
