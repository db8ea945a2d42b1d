"""Sessions: opened for a key, entered by its certificate, left, and ended."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from accounts.actions import record_deed
from accounts.models import Membership
from delivery.actions.jobs import delivery_of, lock_queue, put_in_queue
from delivery.adapters.connectors import keys_with_shells
from delivery.adapters.shell_keys import known_hosts_line, presented
from delivery.domain.handover import AllocationView
from delivery.domain.jobs import MAX_TIME_LIMIT_S, JobRequest, check_request
from delivery.domain.refusals import JobIdReused, NoDoorThere, NotServed
from delivery.models import JobKind, Shell, ShellVisit
from delivery.queries.handover import view_of

CERTIFICATE_LASTS_S = 3_600
SKEW = timedelta(seconds=30)


@dataclass(frozen=True)
class OpenedShell:
    """A session with all that its opener needs to enter it."""

    shell: Shell
    certificate: str
    known_hosts: str
    command: str


@transaction.atomic
def open_shell(
    *,
    member_id: int,
    allocation_id: int,
    public_key: str,
    devices: int,
    time_limit_s: int,
    client_job_id: str = "",
    person_id: int | None = None,
    now: datetime,
    wall: datetime,
) -> OpenedShell:
    """Put a session into the buyer's queue on one delivery, and certify a key for it alone.

    The certificate is valid for as long as the session may take, at most an hour. The same id of
    the buyer's and the same wishes return the session that was opened; other wishes are refused,
    as are keys that cannot be read or are weak, connectors whose jobs give no shell, and what
    `submit_job` refuses; NotFound for deliveries of others.
    """
    if not settings.SSH_DOOR:
        raise NotServed(detail="this house has no door for shells")
    key = presented(public_key)
    lock_queue(member_id)
    row = delivery_of(member_id, allocation_id)
    if row.connector not in keys_with_shells():
        raise NoDoorThere(connector=row.connector)
    keeper = {row.pool.chip.stack: ["sleep", str(MAX_TIME_LIMIT_S + CERTIFICATE_LASTS_S)]}
    own_id = client_job_id or f"session-{secrets.token_hex(8)}"
    earlier = Shell.objects.filter(job__buyer_id=member_id, job__client_job_id=own_id).first()
    if earlier is not None:
        wishes = (row.pk, devices, time_limit_s, key.fingerprint)
        return _entered_by(_same_or_refuse(earlier, wishes))
    asked = JobRequest(own_id, "session", keeper, devices, time_limit_s)
    check_request(asked, now)
    job = put_in_queue(member_id, asked.tidy(), row, person_id, now)[0]
    until = wall + timedelta(seconds=min(time_limit_s, CERTIFICATE_LASTS_S))
    shell = Shell.objects.create(
        job=job, person_id=person_id, fingerprint=key.fingerprint, certificate_until=until
    )
    job.kind, job.name = JobKind.SESSION, str(shell)
    job.save(update_fields=["kind", "name"])
    shell.certificate = key.certified(str(shell), wall - SKEW, until)
    shell.save(update_fields=["certificate"])
    facts = {"fingerprint": key.fingerprint, "until": until.isoformat()}
    _note("SESSION_OPENED", shell, now, facts, member_id=member_id)
    return _entered_by(shell)


def _same_or_refuse(shell: Shell, wishes: tuple[int, int, int, str]) -> Shell:
    """Return a session that was opened by the same id; JobIdReused where it is another."""
    job = shell.job
    if wishes != (job.allocation_id, job.devices, job.time_limit_s, shell.fingerprint):
        raise JobIdReused(client_job_id=job.client_job_id)
    return shell


def _entered_by(shell: Shell) -> OpenedShell:
    host, _, port = settings.SSH_DOOR.rpartition(":")
    return OpenedShell(
        shell=shell,
        certificate=shell.certificate,
        known_hosts=known_hosts_line(settings.SSH_DOOR),
        command=f"ssh -p {port} {shell}@{host}",
    )


@dataclass(frozen=True)
class Visit:
    """Somebody who is in: by which visit, and where to."""

    visit_id: int
    connector: str
    view: AllocationView
    external_id: str


def enter_shell(*, name: str, from_address: str, now: datetime, wall: datetime) -> Visit | None:
    """Let in who showed the certificate of a session that runs; None when it may not be entered."""
    shell = running_shell(name, wall)
    if shell is None or shell.job.allocation is None:
        return None
    with transaction.atomic():
        visit = ShellVisit.objects.create(shell=shell, from_address=from_address, entered_at=wall)
        _note("SESSION_ENTERED", shell, now, {"from": from_address}, member_id=shell.job.buyer_id)
    row = shell.job.allocation
    return Visit(visit.pk, row.connector, view_of(row), shell.job.external_id)


def running_shell(name: str, wall: datetime) -> Shell | None:
    """Return a session that may be entered now: it runs, and its opener still may."""
    number = name.removeprefix("session-")
    if f"session-{number}" != name or not (number.isascii() and number.isdecimal()):
        return None
    rows = Shell.objects.select_related(
        "job__buyer", "job__allocation__agreement", "job__allocation__pool__site"
    ).select_related("job__allocation__pool__chip")
    shell = rows.filter(pk=int(number[:18]), job__state="RUNNING").first()
    if shell is None or not shell.job.buyer.may_trade or shell.job.cancel_asked:
        return None
    if shell.certificate_until <= wall:
        return None
    if shell.person_id is None:
        return shell
    members = Membership.objects.filter(person_id=shell.person_id, member_id=shell.job.buyer_id)
    return shell if members.exists() else None


def leave_shell(*, visit_id: int, now: datetime, wall: datetime) -> None:
    """Note that somebody left; nothing happens when that was noted already."""
    with transaction.atomic():
        left = ShellVisit.objects.filter(pk=visit_id, left_at=None).update(left_at=wall)
        if left:
            shell = Shell.objects.select_related("job").get(visits=visit_id)
            _note("SESSION_LEFT", shell, now, {}, member_id=shell.job.buyer_id)


def end_visits(*, now: datetime, wall: datetime, limit: int = 500) -> int:
    """Note the end of visits whose session has ended, when the door could not; return how many."""
    rows = ShellVisit.objects.filter(left_at=None).exclude(shell__job__state="RUNNING")
    ids = list(rows.order_by("id").values_list("id", flat=True)[:limit])
    for visit_id in ids:
        leave_shell(visit_id=visit_id, now=now, wall=wall)
    return len(ids)


def _note(verb: str, shell: Shell, now: datetime, facts: dict[str, str], *, member_id: int) -> None:
    record_deed(
        verb=verb,
        subject=f"job:{shell.job_id}",
        now=now,
        member_id=member_id,
        person_id=shell.person_id,
        facts=facts,
    )
