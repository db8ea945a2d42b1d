"""The agent connector: what a site's agent is asked for, and what it last reported."""

from collections.abc import Mapping, Sequence

from delivery.adapters.agent.queue import OPEN, ask, done, latest, rests
from delivery.adapters.agent.standing import statuses_of
from delivery.adapters.connector import ConnectorFailed
from delivery.domain.handover import (
    AllocationView,
    Handle,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from delivery.models import AgentCommand, AgentHandover, AgentJob
from marketplace.models import Site
from timetable.queries import wall_now

PIECE_BYTES = 16 * 1024


class AgentConnector:
    """Asks by rows that the agent pulls. It reads no meter: the agent sends signed readings."""

    def ensure(self, view: AllocationView) -> Handle:
        """Return the hand-over when the agent has made it; Pending until then."""
        site_id = _site_id(view)
        made = latest(site_id, "PROVISION", view.external_name)
        if made is not None and made.state == "DONE" and not _stands(site_id, view):
            ask(site_id, "PROVISION", view.external_name, facts=_facts(view))
        done(site_id, "PROVISION", view.external_name, facts=_facts(view))
        return Handle(view.external_name, view.generation)

    def inspect(self, view: AllocationView) -> Status:
        """Tell what the agent last said; an agent that is silent leaves it open."""
        return statuses_of([view])[view.external_name]

    def inspect_all(self, views: Sequence[AllocationView]) -> Mapping[str, Status]:
        """Tell it of many hand-overs at once."""
        return statuses_of(views)

    def release(self, external_name: str) -> None:
        """Ask every site that reports the hand-over to end it."""
        standing = AgentHandover.objects.filter(external_name=external_name, gone_at=None)
        for site_id in standing.values_list("site_id", flat=True):
            row = latest(site_id, "RELEASE", external_name)
            if row is None or not (row.state in OPEN or rests(row)):
                ask(site_id, "RELEASE", external_name)

    def accept_test(self, view: AllocationView) -> Measured:
        """Return what the agent measured of this hand-over; Pending until then."""
        site_id = _site_id(view)
        made = latest(site_id, "PROVISION", view.external_name)
        test = latest(site_id, "ACCEPT", view.external_name)
        if made is not None and test is not None and made.pk > test.pk:
            # It was made anew since: what was measured before says nothing.
            ask(site_id, "ACCEPT", view.external_name, facts=_facts(view))
        row = done(site_id, "ACCEPT", view.external_name, facts=_facts(view))
        measured = row.result["measured"]
        return Measured(
            devices_found=measured["devices_found"],
            gflops_per_device=measured["gflops_per_device"],
            evidence=measured["evidence"],
        )

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Say nothing: the site's readings come signed, by its agent's door."""
        return [None] * len(windows)

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Ask for the job once."""
        site_id = _site_id(view)
        AgentJob.objects.get_or_create(
            site_id=site_id,
            external_name=view.external_name,
            job=job.external_id,
            defaults={"reported_at": wall_now()},
        )
        facts = {
            "argv": list(job.argv),
            "devices": job.devices,
            "time_limit_s": job.time_limit_s,
            "env": dict(job.env),
        }
        if latest(site_id, "RUN", view.external_name, job.external_id) is None:
            ask(site_id, "RUN", view.external_name, job.external_id, facts)

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Tell what the agent last said of the job."""
        site_id = _site_id(view)
        asked = latest(site_id, "RUN", view.external_name, external_id)
        if asked is None:
            return JobStatus(known=False)
        if asked.state in OPEN:
            return JobStatus(known=True, running=True)
        if asked.state != "DONE":
            return JobStatus(known=True, reason=_why_not(asked))
        row = AgentJob.objects.get(
            site_id=site_id, external_name=view.external_name, job=external_id
        )
        return JobStatus(
            known=True,
            running=row.running,
            exit_code=row.exit_code,
            reason=row.reason,
            cpu_ms=row.cpu_ms,
        )

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return the next piece of what the agent has sent of the output."""
        row = AgentJob.objects.filter(
            site_id=_site_id(view), external_name=view.external_name, job=external_id
        ).first()
        return b"" if row is None else bytes(row.output)[offset : offset + PIECE_BYTES]

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """Take the job back where the agent has not begun it; else ask the agent to stop it."""
        site_id = _site_id(view)
        run = latest(site_id, "RUN", view.external_name, external_id)
        if run is None:
            return
        waiting = AgentCommand.objects.filter(pk=run.pk, state="QUEUED")
        if waiting.update(state="WITHDRAWN", finished_at=wall_now()):
            return
        asked = latest(site_id, "CANCEL", view.external_name, external_id)
        if asked is None or not (asked.state in {*OPEN, "DONE"} or rests(asked)):
            ask(site_id, "CANCEL", view.external_name, external_id)

    def inventory(self) -> Sequence[str]:
        """Return the names of all hand-overs that agents report."""
        rows = AgentHandover.objects.filter(gone_at=None).order_by("external_name")
        return list(rows.values_list("external_name", flat=True).distinct())

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Refuse: the key never leaves the site."""
        msg = f"the key of {site_code} is with its agent"
        raise ConnectorFailed(msg)


def _site_id(view: AllocationView) -> int:
    return Site.objects.only("id").get(code=view.site_code).pk


def _stands(site_id: int, view: AllocationView) -> bool:
    return AgentHandover.objects.filter(
        site_id=site_id, external_name=view.external_name, gone_at=None
    ).exists()


def _facts(view: AllocationView) -> dict[str, object]:
    return {
        "pool": view.pool_code,
        "stack": view.stack,
        "devices": view.devices,
        "gflops_per_device": view.gflops_per_device,
        "starts_at": view.starts_at.isoformat(),
        "ends_at": view.ends_at.isoformat(),
    }


def _why_not(asked: AgentCommand) -> str:
    if asked.state == "WITHDRAWN":
        return "cancelled"
    if asked.state == "EXPIRED":
        return "the site's agent did not report in time"
    return str(asked.result.get("error", ""))[:200] or "the site's agent could not"
