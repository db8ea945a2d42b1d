"""Tokens that were shown a moment ago: what they may do, by the hash of their header.

The database says what a token may do; for the door of orders a web process believes that for
five seconds, and the market checks the member again. Before its time is over one request looks
it up anew, and the others go on meanwhile: each token at a moment of its own, since tokens that
were first shown together would hold each other up for ever.
"""

import time
from dataclasses import dataclass
from hashlib import sha256

from counter.acting import Acting

BELIEVED_SECONDS = 5.0
# A token is looked up anew between the two, by its hash.
RENEW_SECONDS = 4.5
RENEW_EARLIEST_SECONDS = 2.5
# A look-up that fails to come back in this time is made by another request.
RENEWING_SECONDS = 0.5
MOST_BELIEVED = 10_000
BEARER = "Bearer "


@dataclass(slots=True)
class _Belief:
    acting: Acting
    until: float
    renew_at: float


_believed: dict[bytes, _Belief] = {}


def believe(header: str, acting: Acting) -> None:
    """Keep what the token in a request's header was found to be."""
    if not header.startswith(BEARER):
        return
    if len(_believed) >= MOST_BELIEVED:
        _believed.clear()
    at = time.monotonic()
    name = sha256(header.encode()).digest()
    _believed[name] = _Belief(acting, at + BELIEVED_SECONDS, at + _renewed_after(name))


def _renewed_after(name: bytes) -> float:
    """Return after how many seconds this token is looked up anew."""
    return RENEW_EARLIEST_SECONDS + (RENEW_SECONDS - RENEW_EARLIEST_SECONDS) * name[0] / 255


def believed(header: str) -> Acting | None:
    """Return for whom the token acts; None asks this request to look it up."""
    if not header.startswith(BEARER):
        return None
    name = sha256(header.encode()).digest()
    belief = _believed.get(name)
    if belief is None:
        return None
    at = time.monotonic()
    if at >= belief.until:
        _believed.pop(name, None)
        return None
    if at >= belief.renew_at:
        belief.renew_at = at + RENEWING_SECONDS
        return None
    return belief.acting


def disbelieve_all() -> None:
    """Forget every token."""
    _believed.clear()
