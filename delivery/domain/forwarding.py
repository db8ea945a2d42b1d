"""What passes the door to a service and what does not: pure rules over HTTP's lines.

Each request has a connection of its own at the service, its head is written anew by the door,
and its body is framed by the door. So nothing that a caller writes can begin a second request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

Headers = list[tuple[bytes, bytes]]

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MAX_BODY_BYTES = 16 * 1024 * 1024
MAX_HEADERS, MAX_HEADER_BYTES = 64, 16 * 1024
MAX_TARGET_BYTES = 4_096
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# The caller's credentials for the house, who it says it is, and what the door writes itself.
KEPT_FROM_SERVICES = frozenset(
    {b"authorization", b"cookie", b"host", b"content-length", b"expect", b"forwarded", b"x-real-ip"}
)
# A WebSocket's handshake is the door's own on each side.
KEPT_PREFIXES = (b"x-forwarded-", b"x-gridhour-", b"sec-websocket-")
# What a service may not say to a browser in the name of the door's origin.
KEPT_FROM_CALLERS = frozenset(
    {
        b"set-cookie",
        b"set-cookie2",
        b"clear-site-data",
        b"service-worker-allowed",
        b"strict-transport-security",
        b"public-key-pins",
        b"alt-svc",
        b"content-security-policy",
        b"referrer-policy",
        b"x-content-type-options",
        b"x-robots-tag",
        b"server",
        b"date",
    }
)
# A page of a service has an origin of nobody: it reaches no other service's pages, nor their store.
SAID_BY_THE_DOOR: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"sandbox allow-scripts allow-forms"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
)
TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")


class BadRequest(Exception):
    """The door does not pass this on; the text says why."""


@dataclass(frozen=True)
class Target:
    """Where a request goes: to which door, with which ticket, and what of the service is asked."""

    job_id: int
    ticket: str
    prefix: str
    path: bytes


def target_of(raw_path: bytes, query: bytes) -> Target | None:
    """Read `/JOB/...` or `/t/TICKET/...`; None when it is neither.

    Raises BadRequest for paths that climb, hold control characters, or are too long.
    """
    words = raw_path.split(b"/", 3)
    if len(words) < 3 or words[0]:
        return None
    ticket, number = "", words[1].decode("latin-1")
    prefix, rest = b"/" + words[1], b"/".join(words[2:])
    if words[1] == b"t":
        ticket = unquote_to_bytes(words[2]).decode("latin-1")
        number = ticket.partition(":")[0]
        if len(words) < 4:
            return None
        prefix, rest = b"/t/" + words[2], words[3]
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        return None
    path = b"/" + rest + (b"?" + query if query else b"")
    _check_path(rest, path)
    return Target(int(number), ticket, prefix.decode("latin-1"), path)


def _check_path(rest: bytes, path: bytes) -> None:
    if len(path) > MAX_TARGET_BYTES:
        raise BadRequest("the address is too long")
    if any(byte <= 0x20 or byte >= 0x7F for byte in path) or b"#" in path:
        raise BadRequest("the address has characters that must be escaped")
    plain = unquote_to_bytes(unquote_to_bytes(rest)).replace(b"\\", b"/")
    if any(byte < 0x20 for byte in plain) or any(
        part in {b".", b".."} for part in plain.split(b"/")
    ):
        raise BadRequest("the address climbs out of the service")


def to_service(given: Iterable[tuple[bytes, bytes]], job: str) -> Headers:
    """Return the head's lines for the service; BadRequest for those that could be read two ways."""
    lines = [(name.lower(), value) for name, value in given]
    _check_lines(lines)
    names = [name for name, _value in lines]
    if names.count(b"content-length") > 1 or names.count(b"transfer-encoding") > 1:
        raise BadRequest("the length of the body is given twice")
    if b"content-length" in names and b"transfer-encoding" in names:
        raise BadRequest("the length of the body is given in two ways")
    named = _named_by_connection(lines)
    kept = [
        (name, value)
        for name, value in lines
        if name not in HOP_BY_HOP | KEPT_FROM_SERVICES | named
        and not name.startswith(KEPT_PREFIXES)
    ]
    own = [(b"host", b"localhost"), (b"connection", b"close")]
    return [*own, (b"x-gridhour-job", job.encode("ascii")), *kept]


def _check_lines(lines: Sequence[tuple[bytes, bytes]]) -> None:
    if len(lines) > MAX_HEADERS:
        raise BadRequest("there are too many headers")
    if sum(len(name) + len(value) for name, value in lines) > MAX_HEADER_BYTES:
        raise BadRequest("the headers are too large")
    for name, value in lines:
        if not name or not TOKEN.issuperset(name) or b"_" in name:
            raise BadRequest("a header's name is not plain")
        if any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in value):
            raise BadRequest("a header's value has control characters")


def _named_by_connection(lines: Iterable[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """Return the headers that the other side wants to end at this hop."""
    said = [value for name, value in lines if name == b"connection"]
    return frozenset(word.strip().lower() for value in said for word in value.split(b","))


def to_caller(given: Iterable[tuple[bytes, bytes]], prefix: str) -> Headers:
    """Return the answer's lines for the caller: places inside the service stay behind the door."""
    lines = [(name.lower(), value) for name, value in given]
    gone = HOP_BY_HOP | KEPT_FROM_CALLERS | _named_by_connection(lines)
    kept = [(name, value) for name, value in lines if name not in gone]
    return [
        *((name, _behind(prefix, value) if name == b"location" else value) for name, value in kept),
        *SAID_BY_THE_DOOR,
    ]


def _behind(prefix: str, place: bytes) -> bytes:
    for own in (b"http://localhost/", b"https://localhost/"):
        if place.startswith(own):
            place = place[len(own) - 1 :]
    inside = place.startswith(b"/") and not place.startswith(b"//")
    return prefix.encode("ascii") + place if inside else place
