"""Agents of sites: where they stand, who ends each state, and what their keys sign."""

from datetime import timedelta

from delivery.domain.allocation_lifecycle import StateOwner
from exchange.lifecycle import Lifecycle

PROTOCOL = 1
SITE_AGENT_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="ENROLLED",
    moves={
        "ENROLLED": frozenset({"CONNECTED", "SUSPECT", "REVOKED"}),
        "CONNECTED": frozenset({"SUSPECT", "REVOKED"}),
        "SUSPECT": frozenset({"CONNECTED", "LOST", "REVOKED"}),
        "LOST": frozenset({"CONNECTED", "REVOKED"}),
        "REVOKED": frozenset(),
    },
)
ENROLMENT_CODE_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="OPEN",
    moves={
        "OPEN": frozenset({"USED", "EXPIRED", "WITHDRAWN"}),
        "USED": frozenset(),
        "EXPIRED": frozenset(),
        "WITHDRAWN": frozenset(),
    },
)
AGENT_COMMAND_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="QUEUED",
    moves={
        "QUEUED": frozenset({"LEASED", "EXPIRED", "WITHDRAWN"}),
        "LEASED": frozenset({"QUEUED", "DONE", "FAILED", "EXPIRED"}),
        "DONE": frozenset(),
        "FAILED": frozenset(),
        "EXPIRED": frozenset(),
        "WITHDRAWN": frozenset(),
    },
)
SWEEPER = "delivery.sweep_agents"
# A lost agent stays lost until it is heard or revoked: nothing waits for it.
AGENT_STATE_OWNERS: dict[str, StateOwner] = {
    "ENROLLED": StateOwner(SWEEPER, "SUSPECT when not heard in time"),
    "CONNECTED": StateOwner(SWEEPER, "SUSPECT when not heard in time"),
    "SUSPECT": StateOwner(SWEEPER, "LOST after the grace"),
}
CODE_STATE_OWNERS: dict[str, StateOwner] = {
    "OPEN": StateOwner(SWEEPER, "EXPIRED an hour after it was issued"),
}
COMMAND_STATE_OWNERS: dict[str, StateOwner] = {
    "QUEUED": StateOwner(SWEEPER, "EXPIRED when nobody took it in time"),
    "LEASED": StateOwner(SWEEPER, "QUEUED when the lease ends, EXPIRED after its last"),
}

# All in wall time.
CODE_LIFE = timedelta(hours=1)
CHALLENGE_LIFE_S = 60
CREDENTIAL_LIFE = timedelta(minutes=15)
SUSPECT_AFTER = timedelta(seconds=60)
LOST_AFTER = timedelta(minutes=10)
SILENT_AFTER = timedelta(seconds=30)
LEASE = timedelta(seconds=120)
COMMAND_LIFE = timedelta(minutes=10)
MAX_LEASES = 5
POLL_SECONDS = 2
SKEW_FLAGGED_MS = 5_000
SKEW_REFUSED_MS = 60_000

MAX_HANDOVERS = 1_000
MAX_JOBS_REPORTED = 200
MAX_COMMANDS_A_LEASE = 10
MAX_COMMANDS_HELD = 200
MAX_PIECE_BYTES = 64 * 1024


def enrolment_message(code: str, public_key: str) -> bytes:
    """Return the bytes that a new agent signs: it holds the key, and the key goes with the code."""
    return f"gridhour agent enrolment\n{code}\n{public_key}".encode()


def credential_message(agent: str, challenge: str) -> bytes:
    """Return the bytes that an agent signs for a fresh credential."""
    return f"gridhour agent credential\n{agent}\n{challenge}".encode()
