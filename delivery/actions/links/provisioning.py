"""Hand a link over: claim, ask the carrier outside any transaction, write under the fence."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from delivery.actions.attempts import Claim, claim, dead_among, done, failed, put_off, still_ours
from delivery.actions.links.planning import fail_link, move_link, note_link
from delivery.adapters.carriers import carrier_named
from delivery.adapters.connector import ConnectorFailed, Pending
from delivery.domain.link_handover import LinkView, MeasuredLink, link_shortfall
from delivery.domain.link_lifecycle import LINK_UNTIL_ACCEPTED, link_deadline_of
from delivery.domain.retry import MAX_TRIES
from delivery.models import LinkDelivery, LinkTest
from delivery.queries.links import link_view_of, with_route
from delivery.queries.paths import measured_path

log = structlog.get_logger(__name__)
TOO_LATE = "not handed over in time"


@dataclass(frozen=True)
class LinkAnswer:
    """What a carrier said of one link: a measurement, or why it could not, or not yet."""

    measured: MeasuredLink | None
    error: str = ""
    pending: bool = False


def provision_link(*, link_delivery_id: int, now: datetime, wall: datetime) -> LinkDelivery:
    """Hand one link over and test it: ACCEPTED, or FAILED with the reason.

    A carrier that cannot do it now is asked again later, within bounded tries and the
    deadline. Harmless to repeat: the carrier adopts what it made under the same name.
    """
    held = claim(key=_key(link_delivery_id), wall=wall)
    if held is None:
        _give_up(link_delivery_id, now)
    else:
        asked = _begin(link_delivery_id, now)
        if asked is None:
            done(held)
        else:
            _conclude(held, link_delivery_id, _ask(*asked), now, wall)
    return LinkDelivery.objects.get(pk=link_delivery_id)


def _key(link_delivery_id: int) -> str:
    return f"link:{link_delivery_id}"


def _locked(link_delivery_id: int) -> LinkDelivery | None:
    """Lock the row while it waits to be handed over; None once it does not."""
    rows = LinkDelivery.objects.select_for_update(of=("self",))
    return rows.filter(pk=link_delivery_id, state__in=LINK_UNTIL_ACCEPTED).first()


@transaction.atomic
def _give_up(link_delivery_id: int, now: datetime) -> None:
    """Fail what has used up its tries."""
    row = _locked(link_delivery_id) if dead_among([_key(link_delivery_id)]) else None
    if row is not None:
        fail_link(row, f"given up after {MAX_TRIES} tries", now)


@transaction.atomic
def _begin(link_delivery_id: int, now: datetime) -> tuple[str, LinkView] | None:
    """Note the intention before the carrier is asked; return whom to ask for what."""
    row = _locked(link_delivery_id)
    if row is None or not begin_hand_over(row, now):
        return None
    return row.connector, link_view_of(with_route(LinkDelivery.objects.all()).get(pk=row.pk))


def begin_hand_over(row: LinkDelivery, now: datetime) -> bool:
    """Let a locked link be handed over; False where that is too late and it has failed."""
    deadline = link_deadline_of(row.state, row.starts_at, row.ends_at)
    if deadline is not None and now >= deadline:
        fail_link(row, TOO_LATE, now)
        return False
    if row.state == "PLANNED":
        move_link(row, "PROVISIONING", now)
    return True


def _ask(connector: str, view: LinkView) -> LinkAnswer:
    """Ask the carrier. Whatever goes wrong there counts as one of its tries."""
    try:
        carrier = carrier_named(connector)
        carrier.ensure(view)
        return LinkAnswer(carrier.accept_test(view))
    except Pending as wait:
        return LinkAnswer(None, str(wait), pending=True)
    except ConnectorFailed as failure:
        return LinkAnswer(None, str(failure))
    except Exception as failure:
        log.exception("carrier broke", link=view.external_name)
        return LinkAnswer(None, f"{type(failure).__name__}: {failure}")


@transaction.atomic
def _conclude(
    held: Claim, link_delivery_id: int, answer: LinkAnswer, now: datetime, wall: datetime
) -> None:
    """Write the verdict, unless a later worker has fenced this one off."""
    row = _locked(link_delivery_id)
    if row is None or not still_ours(held):
        return
    if answer.pending:
        put_off(held, wall=wall)
    elif answer.measured is None:
        note_link(row, "CARRIER_FAILED", now, error=answer.error[:200], tries=held.tries)
        if failed(held, error=answer.error, wall=wall):
            fail_link(row, f"the carrier could not hand over: {answer.error}", now)
    else:
        judge_link(row, answer.measured, now)
        done(held)


def judge_link(row: LinkDelivery, measured: MeasuredLink, now: datetime) -> None:
    """Keep what was measured with its evidence; what stays behind the contract is not delivered."""
    measured = _with_known_way(row, measured, now)
    shortfall = link_shortfall(measured, least_mbps=row.least_mbps, most_rtt_us=row.most_rtt_us)
    LinkTest.objects.create(
        link_delivery=row,
        mbps=measured.mbps,
        least_mbps=row.least_mbps,
        rtt_us=measured.rtt_us,
        most_rtt_us=row.most_rtt_us,
        passed=not shortfall,
        evidence=measured.evidence,
        tested_at=now,
    )
    if shortfall:
        fail_link(row, shortfall, now)
    else:
        move_link(row, "ACCEPTED", now)


def _with_known_way(row: LinkDelivery, measured: MeasuredLink, now: datetime) -> MeasuredLink:
    """Add what the site's agent measured of the way; the longer of both round trips counts."""
    trade = row.agreement.link_trade.trade if row.agreement.link_trade else None
    known = measured_path(trade.pool.site_id, row.link.city_id, now) if trade else None
    if known is None:
        return measured
    by_agent = {"rtt_us": known.rtt_us, "measured_at": known.measured_at.isoformat()}
    evidence = {**measured.evidence, "by_carrier_rtt_us": measured.rtt_us, "by_agent": by_agent}
    return MeasuredLink(measured.mbps, max(measured.rtt_us, known.rtt_us), evidence)
