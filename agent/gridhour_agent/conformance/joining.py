"""Checks of joining, credentials and sessions."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gridhour_agent.chain import credential_message, enrolment_message
from gridhour_agent.client import Refused, Session
from gridhour_agent.conformance.suite import Broken, Skipped, Subject, instant_near, refused, same
from gridhour_agent.identity import Key
from gridhour_agent.market_time import MarketClock
from gridhour_agent.wire import Meter, instant, items, mapping, text

NO_CODE = "no enrolment code was given"
CODE_REFUSED, PROOF_REFUSED, FENCED = "E-AGENT-01", "E-AGENT-02", "E-AGENT-03"


def stranger() -> Key:
    """Return a key that the platform does not know."""
    return Key(Ed25519PrivateKey.generate())


def code_with_proof(subject: Subject) -> None:
    """A code is taken only with the signature of the key that comes with it."""
    subject.code = subject.codes()
    body = {"code": subject.code, "public_key": subject.key.public}
    wrong = stranger().sign(enrolment_message(subject.code, subject.key.public))
    refused(PROOF_REFUSED, lambda: subject.doors.call("enrolments", body | {"signature": wrong}))


def code_once(subject: Subject) -> None:
    """A code lets one key join, and no second one."""
    if not subject.code:
        raise Skipped(NO_CODE)
    subject.agent, _site, _token = subject.doors.enrol(subject.key, subject.code)
    refused(CODE_REFUSED, lambda: subject.doors.enrol(stranger(), subject.code))


def code_again(subject: Subject) -> None:
    """The same code and key again answer with the same agent, since an answer may be lost."""
    if not subject.code:
        raise Skipped(NO_CODE)
    agent, _site, token = subject.doors.enrol(subject.key, subject.code)
    same(agent, subject.agent, "the agent")
    if not token:
        msg = "no credential"
        raise Broken(msg)


def code_unknown(subject: Subject) -> None:
    """A code that was never issued is refused."""
    refused(CODE_REFUSED, lambda: subject.doors.enrol(stranger(), "never-issued"))


def challenge_once(subject: Subject) -> None:
    """A challenge serves once."""
    body = _proved(subject)
    text(subject.doors.call("credentials", body), "token")
    refused(PROOF_REFUSED, lambda: subject.doors.call("credentials", body))


def challenge_bound(subject: Subject) -> None:
    """A challenge that was given to another agent's name serves not."""
    other = text(subject.doors.call("challenges", {"agent": "sa-another"}), "challenge")
    proof = subject.key.sign(credential_message(subject.joined, other))
    body = {"agent": subject.joined, "challenge": other, "signature": proof}
    refused(PROOF_REFUSED, lambda: subject.doors.call("credentials", body))


def challenge_made_up(subject: Subject) -> None:
    """A challenge that the platform did not give serves not."""
    made_up = f"{subject.joined}:made-up:challenge"
    proof = subject.key.sign(credential_message(subject.joined, made_up))
    body = {"agent": subject.joined, "challenge": made_up, "signature": proof}
    refused(PROOF_REFUSED, lambda: subject.doors.call("credentials", body))


def key_proved(subject: Subject) -> None:
    """A credential is given only for the signature of the agent's own key."""
    body = _proved(subject)
    body["signature"] = stranger().sign(b"anything")
    refused(PROOF_REFUSED, lambda: subject.doors.call("credentials", body))


def _proved(subject: Subject) -> dict[str, str]:
    challenge = text(subject.doors.call("challenges", {"agent": subject.joined}), "challenge")
    proof = subject.key.sign(credential_message(subject.joined, challenge))
    return {"agent": subject.joined, "challenge": challenge, "signature": proof}


def credential_needed(subject: Subject) -> None:
    """Without a credential, or with a made-up one, the session's doors answer 401."""
    for token in ("", "made-up"):
        try:
            subject.doors.call("sessions", {"protocol": 1, "version": "conform"}, token)
        except Refused as refusal:
            same(refusal.status, 401, "the status")
        else:
            msg = "a session began without a credential"
            raise Broken(msg)


def session_begins(subject: Subject) -> None:
    """A session has a fence that is higher than the one before."""
    first = Session(subject.doors, subject.key, subject.joined)
    first.begin()
    subject.session = Session(subject.doors, subject.key, subject.joined)
    subject.session.begin()
    if subject.session.fence <= first.fence:
        msg = f"fence {subject.session.fence} after {first.fence}"
        raise Broken(msg)


def session_fences(subject: Subject) -> None:
    """Whatever an earlier session sends is refused and changes nothing."""
    now = subject.in_session
    old = Session(subject.doors, subject.key, subject.agent)
    old.fence, old.token = now.fence - 1, now.token
    refused(FENCED, lambda: subject.beat(old), status=409)
    refused(FENCED, lambda: old.call("leases", limit=1), status=409)
    reading = {"interval_start": "2026-01-01T00:00:00+00:00", "delivered_device_seconds": 0}
    batch = {"chain": "gh-none", "readings": [reading], "head": "0" * 64, "signature": "0" * 128}
    refused(FENCED, lambda: old.call("readings", **batch), status=409)
    result = {"command": 1, "lease": 1, "outcome": "DONE"}
    refused(FENCED, lambda: old.call("results", **result), status=409)


def protocol_known(subject: Subject) -> None:
    """Another version of the protocol is refused."""
    body = {"protocol": 999, "version": "conform"}
    token = subject.in_session.token
    refused("E-AGENT-08", lambda: subject.doors.call("sessions", body, token))


def fields_known(subject: Subject) -> None:
    """A field that the protocol does not have is refused with 400."""
    try:
        subject.beat(surprise=1)
    except Refused as refusal:
        same(refusal.status, 400, "the status")
    else:
        msg = "an unknown field was taken"
        raise Broken(msg)


def heartbeat_answers(subject: Subject) -> None:
    """A heartbeat answers the platform's time, the market's clock, and what to meter."""
    told = subject.beat()
    instant_near(instant(told, "server_at"))
    clock = MarketClock.read(mapping(told, "clock"))
    if clock.factor < 0:
        msg = "the clock runs backwards"
        raise Broken(msg)
    subject.meters = [Meter.read(item) for item in items(told, "meters")]
