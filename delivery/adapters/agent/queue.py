"""Work for site agents as rows: asked for once, answered when the site has reported."""

from collections.abc import Mapping
from datetime import timedelta

from counter.failpoints import failpoint
from delivery.adapters.connector import ConnectorFailed, Fenced, Pending
from delivery.domain.site_agent import COMMAND_LIFE
from delivery.models import AgentCommand
from timetable.queries import wall_now

OPEN = ("QUEUED", "LEASED")
REST_AFTER_FAILURE = timedelta(seconds=30)


def ask(
    site_id: int,
    kind: str,
    name: str,
    subject: str = "",
    facts: Mapping[str, object] | None = None,
) -> None:
    """Write a command unless one of its kind is open; two workers write one."""
    AgentCommand.objects.bulk_create(
        [
            AgentCommand(
                site_id=site_id,
                kind=kind,
                external_name=name,
                subject=subject,
                facts=dict(facts or {}),
                expires_at=wall_now() + COMMAND_LIFE,
            )
        ],
        ignore_conflicts=True,
    )
    failpoint("agent.asked")


def latest(site_id: int, kind: str, name: str, subject: str = "") -> AgentCommand | None:
    """Return the newest command of a kind on a hand-over, or None."""
    rows = AgentCommand.objects.filter(
        site_id=site_id, kind=kind, external_name=name, subject=subject
    )
    return rows.order_by("-id").first()


def done(
    site_id: int, kind: str, name: str, subject: str = "", facts: Mapping[str, object] | None = None
) -> AgentCommand:
    """Return the command when the site has done it.

    Asks for it where nobody has; raises Pending while it is open, and ConnectorFailed (Fenced
    where the site says so) once for each time that it failed.
    """
    row = latest(site_id, kind, name, subject)
    if row is not None and row.state == "DONE":
        return row
    if row is None or row.told or row.state == "WITHDRAWN":
        ask(site_id, kind, name, subject, facts)
    elif row.state not in OPEN:
        AgentCommand.objects.filter(pk=row.pk).update(told=True)
        raise _failure(row)
    msg = "the site's agent works on it"
    raise Pending(msg)


def _failure(row: AgentCommand) -> ConnectorFailed:
    if row.state == "EXPIRED":
        return ConnectorFailed("the site's agent did not report in time")
    error = str(row.result.get("error", ""))[:200] or "the site's agent could not"
    return Fenced(error) if row.result.get("fenced") else ConnectorFailed(error)


def rests(row: AgentCommand | None) -> bool:
    """Tell whether a command that failed was tried a moment ago."""
    finished = row.finished_at if row is not None else None
    return finished is not None and finished + REST_AFTER_FAILURE > wall_now()
