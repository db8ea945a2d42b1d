"""How a site's agent joins and proves itself: one-time code, key, credentials of minutes."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import Max

from accounts.actions import record_deed
from delivery.actions.keys import register_site_key, revoke_site_key
from delivery.adapters.signatures import verifies
from delivery.domain.agent_refusals import EnrolmentRefused, ProofRefused
from delivery.domain.site_agent import (
    CHALLENGE_LIFE_S,
    CODE_LIFE,
    CREDENTIAL_LIFE,
    ENROLMENT_CODE_LIFECYCLE,
    SITE_AGENT_LIFECYCLE,
    credential_message,
    enrolment_message,
)
from delivery.models import AgentCredential, EnrolmentCode, SiteAgent
from exchange.refusal import NotFound
from marketplace.models import Site

SALT = "delivery.agent-challenge"


@dataclass(frozen=True)
class Issued:
    """A secret that is told once, and until when it serves (wall time)."""

    secret: str
    expires_at: datetime


@dataclass(frozen=True)
class Enrolled:
    """An agent and its first credential."""

    agent: SiteAgent
    credential: Issued


@transaction.atomic
def issue_enrolment_code(
    *, member_id: int, person_id: int | None, site_code: str, now: datetime, wall: datetime
) -> Issued:
    """Return a code by which one agent may join the member's site within the hour.

    An earlier open code of the site is withdrawn. NotFound for sites of others.
    """
    # The row's lock makes the site's codes follow one another.
    site = Site.objects.select_for_update().filter(code=site_code, owner_id=member_id).first()
    if site is None:
        raise NotFound
    EnrolmentCode.objects.filter(site=site, state="OPEN").update(state="WITHDRAWN")
    # Hexadecimal: a code that began with a dash would be an option to the command it is typed to.
    code = secrets.token_hex(32)
    row = EnrolmentCode.objects.create(
        site=site,
        code_sha256=digest(code),
        issued_by_id=person_id,
        expires_at=wall + CODE_LIFE,
    )
    _deed("AGENT_CODE_ISSUED", site.pk, now, member_id, person_id, code=row.pk)
    return Issued(code, row.expires_at)


@transaction.atomic
def enrol_agent(
    *, code: str, public_key: str, signature: str, now: datetime, wall: datetime
) -> Enrolled:
    """Let the holder of a code and a key be the site's agent; the one before is revoked.

    The same code and key again, while the code lasts, answer with the same agent: an answer
    may be lost. EnrolmentRefused for any other code, ProofRefused unless the key signed it,
    KeyRefused for keys of other sites or revoked ones.
    """
    row = (
        EnrolmentCode.objects.select_for_update(of=("self",))
        .select_related("site", "agent__site_key")
        .filter(code_sha256=digest(code), expires_at__gt=wall)
        .first()
    )
    if row is None or row.state not in {"OPEN", "USED"}:
        raise EnrolmentRefused
    if not verifies(public_key, signature, enrolment_message(code, public_key)):
        raise ProofRefused
    if row.agent is None:
        _join(row, public_key, now, wall)
    agent = row.agent
    if agent is None or agent.state == "REVOKED" or agent.site_key.public_key != public_key:
        raise EnrolmentRefused
    return Enrolled(agent, _credential(agent, secrets.token_urlsafe(16), wall))


def _join(row: EnrolmentCode, public_key: str, now: datetime, wall: datetime) -> None:
    """Make the code's agent, in place of the site's earlier one."""
    Site.objects.select_for_update().get(pk=row.site_id)
    for before in SiteAgent.objects.filter(site_id=row.site_id).exclude(state="REVOKED"):
        keep_key = before.site_key.public_key == public_key
        _revoke(before, now, wall, keep_key=keep_key)
    owner_id = row.site.owner_id
    key = register_site_key(member_id=owner_id, site_id=row.site_id, public_key=public_key, now=now)
    latest = SiteAgent.objects.filter(site_id=row.site_id).aggregate(fence=Max("fence"))["fence"]
    row.agent = SiteAgent.objects.create(
        name=f"sa-{secrets.token_hex(8)}",
        site_id=row.site_id,
        site_key=key,
        fence=(latest or 0) + 1,
        enrolled_at=wall,
        heard_at=wall,
    )
    ENROLMENT_CODE_LIFECYCLE.check(row.state, "USED")
    row.state, row.used_at = "USED", wall
    row.save(update_fields=["state", "used_at", "agent"])
    _deed("AGENT_ENROLLED", row.site_id, now, owner_id, None, agent=row.agent.name)


def challenge_for(agent_name: str) -> str:
    """Return a challenge for the named agent, whether there is one or not."""
    return signing.TimestampSigner(salt=SALT).sign(f"{agent_name}:{secrets.token_urlsafe(16)}")


@transaction.atomic
def issue_credential(*, agent_name: str, challenge: str, signature: str, wall: datetime) -> Issued:
    """Return a credential to the agent that signed a fresh challenge; each challenge serves once.

    ProofRefused otherwise, also for agents that were revoked.
    """
    try:
        text = signing.TimestampSigner(salt=SALT).unsign(challenge, max_age=CHALLENGE_LIFE_S)
    except signing.BadSignature:
        raise ProofRefused from None
    agent = (
        SiteAgent.objects.select_related("site_key")
        .filter(name=agent_name)
        .exclude(state="REVOKED")
        .first()
    )
    if agent is None or text.partition(":")[0] != agent_name:
        raise ProofRefused
    message = credential_message(agent_name, challenge)
    if not verifies(agent.site_key.public_key, signature, message):
        raise ProofRefused
    return _credential(agent, challenge, wall)


def _credential(agent: SiteAgent, challenge: str, wall: datetime) -> Issued:
    token = secrets.token_urlsafe(32)
    expires_at = wall + CREDENTIAL_LIFE
    try:
        with transaction.atomic():
            AgentCredential.objects.create(
                agent=agent,
                token_sha256=digest(token),
                challenge_sha256=digest(challenge),
                issued_at=wall,
                expires_at=expires_at,
            )
    except IntegrityError:
        raise ProofRefused from None
    return Issued(token, expires_at)


@transaction.atomic
def revoke_agent(
    *, member_id: int, person_id: int | None, agent_name: str, now: datetime, wall: datetime
) -> SiteAgent:
    """End an agent of the member's site: its credentials and its key serve no more.

    A second call changes nothing. NotFound for agents of others.
    """
    agent = (
        SiteAgent.objects.select_for_update(of=("self",))
        .select_related("site")
        .filter(name=agent_name, site__owner_id=member_id)
        .first()
    )
    if agent is None:
        raise NotFound
    if agent.state != "REVOKED":
        _revoke(agent, now, wall, keep_key=False, person_id=person_id)
    return agent


def _revoke(
    agent: SiteAgent,
    now: datetime,
    wall: datetime,
    *,
    keep_key: bool,
    person_id: int | None = None,
) -> None:
    SITE_AGENT_LIFECYCLE.check(agent.state, "REVOKED")
    agent.state, agent.revoked_at = "REVOKED", wall
    agent.save(update_fields=["state", "revoked_at"])
    agent.credentials.filter(revoked_at=None).update(revoked_at=wall)
    owner_id = agent.site.owner_id
    if not keep_key:
        revoke_site_key(member_id=owner_id, key_id=agent.site_key_id, person_id=person_id, now=now)
    _deed("AGENT_REVOKED", agent.site_id, now, owner_id, person_id, agent=agent.name)


def digest(secret: str) -> str:
    """Return what is kept of a secret: its SHA-256 in hex. Secrets here have 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _deed(
    verb: str,
    site_id: int,
    now: datetime,
    member_id: int,
    person_id: int | None,
    **facts: object,
) -> None:
    record_deed(
        verb=verb,
        subject=f"site:{site_id}",
        now=now,
        member_id=member_id,
        person_id=person_id,
        facts=facts,
    )
