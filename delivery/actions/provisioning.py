"""Hand devices over: claim, ask the sites outside any transaction, then write under the fence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from counter.failpoints import failpoint
from delivery.actions.allocations import fail_allocation, move, note
from delivery.actions.attempts import (
    Claim,
    claim_all,
    dead_among,
    done,
    failed,
    ours_among,
    put_off,
)
from delivery.actions.starting import move_all
from delivery.adapters.connector import ConnectorFailed, Pending
from delivery.adapters.connectors import connector_named
from delivery.domain.allocation_lifecycle import UNTIL_ACCEPTED, deadline_of
from delivery.domain.handover import AllocationView, Measured
from delivery.domain.retry import MAX_TRIES
from delivery.models import AcceptanceTest, Allocation
from delivery.queries.handover import allocations_with_place, view_of
from delivery.queries.paths import path_promise_of
from exchange.units import BP, ceil_div

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """What a site said of one hand-over: a measurement, or why it could not, or not yet."""

    view: AllocationView
    measured: Measured | None
    error: str = ""
    pending: bool = False


def provision(*, allocation_id: int, now: datetime, wall: datetime) -> Allocation:
    """Hand one allocation over, as `provision_all` does."""
    provision_all(allocation_ids=[allocation_id], now=now, wall=wall)
    return Allocation.objects.get(pk=allocation_id)


def provision_all(*, allocation_ids: Sequence[int], now: datetime, wall: datetime) -> int:
    """Hand allocations over and test them: ACCEPTED, or FAILED with the reason.

    A site that cannot do it now is asked again later, within bounded tries and the
    deadline. Harmless to repeat: the site adopts what it made under the same name. Returns
    how many were accepted. Few at a time, so that all are asked within one lease.
    """
    keys = [_key(pk) for pk in allocation_ids]
    claims = {held.key: held for held in claim_all(keys=keys, wall=wall)}
    failpoint("provision.claimed")
    _give_up([pk for pk in allocation_ids if _key(pk) not in claims], now)
    begun = _begin([pk for pk in allocation_ids if _key(pk) in claims], now)
    failpoint("provision.begun")
    answers = [_ask(row) for row in begun]
    asked = {_key(row.pk) for row in begun}
    done(*(held for key, held in claims.items() if key not in asked))
    failpoint("provision.asked")
    accepted = _conclude(claims, answers, now, wall)
    failpoint("provision.concluded")
    return accepted


def _key(allocation_id: int) -> str:
    return f"provision:{allocation_id}"


def _give_up(allocation_ids: Sequence[int], now: datetime) -> None:
    """Fail what has used up its tries."""
    dead = dead_among([_key(pk) for pk in allocation_ids])
    waiting = Allocation.objects.filter(
        pk__in=[pk for pk in allocation_ids if _key(pk) in dead], state__in=UNTIL_ACCEPTED
    )
    for pk in waiting.values_list("pk", flat=True):
        reason = f"given up after {MAX_TRIES} tries"
        fail_allocation(allocation_id=pk, reason=reason, now=now)


@transaction.atomic
def _begin(allocation_ids: Sequence[int], now: datetime) -> list[Allocation]:
    """Note the intention before the sites are asked; return what is to be handed over."""
    if not allocation_ids:
        return []
    rows = Allocation.objects.select_for_update().filter(
        pk__in=allocation_ids, state__in=UNTIL_ACCEPTED
    )
    waiting, ready = list(rows.order_by("id")), []
    for row in waiting:
        deadline = deadline_of(row.state, row.starts_at, row.ends_at)
        if deadline is not None and now >= deadline:
            fail_allocation(allocation_id=row.pk, reason="not handed over in time", now=now)
        else:
            ready.append(row)
    move_all([row for row in ready if row.state == "PLANNED"], "PROVISIONING", now)
    return allocations_with_place(row.pk for row in ready)


def _ask(row: Allocation) -> Answer:
    """Ask one site. Whatever goes wrong there counts as one of its tries."""
    view = view_of(row)
    try:
        site = connector_named(row.connector)
        site.ensure(view)
        failpoint("provision.ensured")
        return Answer(view, site.accept_test(view))
    except Pending as wait:
        return Answer(view, None, str(wait), pending=True)
    except ConnectorFailed as failure:
        return Answer(view, None, str(failure))
    except Exception as failure:
        log.exception("connector broke", allocation=view.external_name)
        return Answer(view, None, f"{type(failure).__name__}: {failure}")


@transaction.atomic
def _conclude(
    claims: dict[str, Claim], answers: Sequence[Answer], now: datetime, wall: datetime
) -> int:
    """Write the verdicts, but for those that a later worker or generation has fenced off."""
    if not answers:
        return 0
    ours = ours_among([claims[_key(answer.view.allocation_id)] for answer in answers])
    ids = [answer.view.allocation_id for answer in answers]
    locked_rows = Allocation.objects.select_for_update().filter(pk__in=ids).order_by("id")
    rows = {row.pk: row for row in locked_rows}
    tests: list[AcceptanceTest] = []
    for answer in answers:
        row, held = rows[answer.view.allocation_id], claims[_key(answer.view.allocation_id)]
        current = row.generation == answer.view.generation and row.state == "PROVISIONING"
        if held.key not in ours or not current:
            continue
        if answer.pending:
            put_off(held, wall=wall)
        elif answer.measured is None:
            _note_failure(held, row, answer.error, now, wall)
        else:
            tests.append(judged(row, answer.measured, now))
    accepted = _write_verdicts(tests, claims, now)
    failpoint("provision.judged")
    return accepted


def _write_verdicts(
    tests: Sequence[AcceptanceTest], claims: dict[str, Claim], now: datetime
) -> int:
    AcceptanceTest.objects.bulk_create(tests)
    accepted = [test.allocation for test in tests if test.passed]
    move_all(accepted, "ACCEPTED", now)
    for test in tests:
        if not test.passed:
            move(test.allocation, "FAILED", now, _shortfall(test))
    done(*(claims[_key(test.allocation_id)] for test in tests))
    return len(accepted)


def _note_failure(held: Claim, row: Allocation, error: str, now: datetime, wall: datetime) -> None:
    note(row, "SITE_FAILED", now, error=error[:200], tries=held.tries)
    if failed(held, error=error, wall=wall):
        move(row, "FAILED", now, f"the site could not hand over: {error}")


def judged(row: Allocation, measured: Measured, now: datetime) -> AcceptanceTest:
    """Return the verdict on what was measured, with its evidence; not saved yet."""
    required = ceil_div(row.gflops_per_device * row.acceptance_bp, BP)
    enough = measured.devices_found >= row.devices and measured.gflops_per_device >= required
    way = path_promise_of(row, now)
    evidence = dict(measured.evidence)
    if way is not None:
        evidence["path"] = {
            "city": way.city,
            "rtt_us": way.known.rtt_us,
            "most_rtt_us": way.most_rtt_us,
            "measured_at": way.known.measured_at.isoformat(),
        }
    return AcceptanceTest(
        allocation=row,
        generation=row.generation,
        devices_found=measured.devices_found,
        gflops_per_device=measured.gflops_per_device,
        gflops_required=required,
        passed=enough and (way is None or way.kept),
        evidence=evidence,
        tested_at=now,
    )


def _shortfall(test: AcceptanceTest) -> str:
    if test.devices_found < test.allocation.devices:
        return f"acceptance: {test.devices_found} of {test.allocation.devices} devices found"
    if test.gflops_per_device < test.gflops_required:
        figures = f"{test.gflops_per_device} GFLOPS a device, {test.gflops_required} required"
        return f"acceptance: {figures}"
    way = test.evidence["path"]
    figures = f"round trip of {way['rtt_us']} µs, {way['most_rtt_us']} contracted"
    return f"acceptance: {figures}"
