"""Take up or turn down what a survey proposes; a standing rule takes up by itself."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from delivery.domain.pricing import ask_of
from delivery.domain.proposal_lifecycle import PROPOSAL_LIFECYCLE
from delivery.domain.proposing import RuleLimits, devices_allowed, is_sure
from delivery.domain.refusals import AskBelowCost, ProposalOver
from delivery.models import ListingProposal, StandingRule
from delivery.queries.surveys import listed_by_rule
from exchange.refusal import NotFound
from exchange.window import HOUR
from marketplace.actions import publish_listing
from marketplace.models import Listing

NOTICE_MINUTES = 60


def list_proposal(
    *,
    member_id: int,
    proposal_id: int,
    ask_micros: int,
    firmness: str = "FIRM",
    person_id: int | None = None,
    now: datetime,
) -> Listing:
    """Publish an open proposal of the member's as a listing; a second time returns the first's.

    Refuses others' proposals with NotFound, ones that are no longer open with ProposalOver, an
    ask below the marginal cost with AskBelowCost, and what the market refuses of a listing.
    """
    proposal = _own(member_id, proposal_id)
    if proposal.listing is not None:
        return proposal.listing
    _check_open(proposal)
    if ask_micros < proposal.marginal_micros:
        raise AskBelowCost(marginal_micros=proposal.marginal_micros)
    notice = NOTICE_MINUTES if firmness == "RECALLABLE" else None
    return _publish(proposal, proposal.devices, ask_micros, firmness, notice, person_id, now)


def _own(member_id: int, proposal_id: int) -> ListingProposal:
    rows = ListingProposal.objects.select_related("pool__site", "listing")
    proposal = rows.filter(pk=proposal_id, pool__site__owner_id=member_id).first()
    if proposal is None:
        raise NotFound
    return proposal


def _check_open(proposal: ListingProposal) -> None:
    if proposal.state != "OPEN":
        raise ProposalOver(state=proposal.state)


def _publish(
    proposal: ListingProposal,
    devices: int,
    ask_micros: int,
    firmness: str,
    notice_minutes: int | None,
    person_id: int | None,
    now: datetime,
    *,
    by_rule: bool = False,
) -> Listing:
    """Publish, then note it: the client's id makes a repetition after a crash harmless."""
    node = max(1, proposal.pool.devices_per_node)
    listing = publish_listing(
        seller_id=proposal.pool.site.owner_id,
        client_order_id=f"survey-{proposal.pk}",
        pool_id=proposal.pool_id,
        devices=devices,
        starts_at=proposal.starts_at,
        ends_at=proposal.ends_at,
        ask_micros=ask_micros,
        min_devices=min(node, devices),
        firmness=firmness,
        recall_notice_minutes=notice_minutes,
        person_id=person_id,
        now=now,
    )
    _note_listed(proposal.pk, listing, by_rule=by_rule, person_id=person_id, now=now)
    return listing


@transaction.atomic
def _note_listed(
    proposal_id: int, listing: Listing, *, by_rule: bool, person_id: int | None, now: datetime
) -> None:
    """Tie the proposal to its listing, even where a newer survey has overtaken it meanwhile."""
    row = ListingProposal.objects.select_for_update(of=("self",)).get(pk=proposal_id)
    if row.state == "LISTED":
        return
    PROPOSAL_LIFECYCLE.check(row.state, "LISTED")
    row.state, row.listing, row.by_rule, row.decided_at = "LISTED", listing, by_rule, now
    row.save(update_fields=["state", "listing", "by_rule", "decided_at"])
    record_deed(
        verb="PROPOSAL_LISTED",
        subject=f"proposal:{row.pk}",
        now=now,
        member_id=listing.seller_id,
        person_id=person_id,
        facts={"listing": listing.pk, "by_rule": by_rule},
    )


@transaction.atomic
def dismiss_proposal(
    *, member_id: int, proposal_id: int, person_id: int | None = None, now: datetime
) -> ListingProposal:
    """Turn an open proposal down; one turned down already stays so.

    Refuses others' proposals with NotFound and listed or overtaken ones with ProposalOver.
    """
    rows = ListingProposal.objects.select_for_update(of=("self",))
    row = rows.filter(pk=proposal_id, pool__site__owner_id=member_id).first()
    if row is None:
        raise NotFound
    if row.state != "DISMISSED":
        _check_open(row)
        row.state, row.decided_at = "DISMISSED", now
        row.save(update_fields=["state", "decided_at"])
        record_deed(
            verb="PROPOSAL_DISMISSED",
            subject=f"proposal:{row.pk}",
            now=now,
            member_id=member_id,
            person_id=person_id,
        )
    return row


def list_by_rule(*, proposal_id: int, now: datetime) -> Listing | None:
    """Let the pool's standing rule take an open proposal up; None when it does not let it.

    The rule is read at this moment: switched off, it lists nothing more.
    """
    proposal = ListingProposal.objects.select_related("pool__site", "listing").get(pk=proposal_id)
    rule = StandingRule.objects.filter(pool_id=proposal.pool_id, enabled=True).first()
    if rule is None or proposal.state != "OPEN":
        return None
    if not is_sure(proposal.weeks_idle, proposal.weeks_seen, rule.sure_bp):
        return None
    devices = _devices_by(rule, proposal)
    if not devices:
        return None
    ask_micros = ask_of(
        proposal.marginal_micros, markup_bp=rule.markup_bp, floor_micros=rule.floor_micros
    )
    notice = rule.recall_notice_minutes
    return _publish(proposal, devices, ask_micros, rule.firmness, notice, None, now, by_rule=True)


def _devices_by(rule: StandingRule, proposal: ListingProposal) -> int:
    hours = int((proposal.ends_at - proposal.starts_at) / HOUR)
    return devices_allowed(
        max(proposal.devices - rule.keep_free_devices, 0),
        hours,
        node=proposal.pool.devices_per_node,
        limits=RuleLimits(rule.most_devices, rule.most_device_hours_a_day, rule.sure_bp),
        listed_device_hours=listed_by_rule(proposal.pool_id, proposal.starts_at),
    )
