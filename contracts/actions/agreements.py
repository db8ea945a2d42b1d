"""Sign, complete and lapse agreements."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from contracts.actions.conclude import put_in_force
from contracts.actions.refusals import NotAParty, TermsChanged
from contracts.domain.agreement_lifecycle import AGREEMENT_LIFECYCLE
from contracts.models import Agreement, Signature
from contracts.queries import beside, version_of
from ledger.actions import release_hold


@transaction.atomic
def sign_agreement(
    *, member_id: int, agreement_id: int, sha256: str, person_id: int, now: datetime
) -> Agreement:
    """Sign the terms of that hash for one party; with both signatures they bind.

    Devices and the link beside them bind together, when both agreements are signed.

    Refuses strangers with NotAParty, another hash than the newest version's with
    TermsChanged, and an agreement that is not drafted with MoveRefused. Signing again
    changes nothing.
    """
    agreement = _locked(agreement_id)
    if agreement is None or member_id not in {agreement.buyer_id, agreement.seller_id}:
        raise NotAParty
    version = version_of(agreement_id)
    if version.terms_sha256 != sha256:
        raise TermsChanged(version=version.version)
    party = "BUYER" if member_id == agreement.buyer_id else "SELLER"
    if Signature.objects.filter(version=version, party=party).exists():
        return agreement
    AGREEMENT_LIFECYCLE.check(agreement.state, "IN_FORCE")
    Signature.objects.create(
        version=version,
        member_id=member_id,
        party=party,
        signed_sha256=sha256,
        person_id=person_id,
        signed_at=now,
    )
    record_deed(
        verb="AGREEMENT_SIGNED",
        subject=f"agreement:{agreement.pk}",
        member_id=member_id,
        person_id=person_id,
        facts={"party": party, "sha256": sha256},
        now=now,
    )
    put_in_force(agreement, now)
    agreement.refresh_from_db()
    return agreement


def _locked(agreement_id: int) -> Agreement | None:
    """Lock an agreement, and the one that binds together with it, in the order of their ids."""
    agreement = Agreement.objects.filter(pk=agreement_id).first()
    if agreement is None:
        return None
    pair = [agreement.pk, *(one.pk for one in beside(agreement))]
    rows = Agreement.objects.select_for_update(of=("self",)).filter(pk__in=pair).order_by("pk")
    return {row.pk: row for row in rows}[agreement_id]


@transaction.atomic
def complete_agreement(*, agreement_id: int, now: datetime) -> Agreement:
    """End an agreement whose window was delivered; a completed one stays as it is.

    Refuses with MoveRefused from any state but in force.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    if agreement.state != "COMPLETED":
        _end(agreement, "COMPLETED", "AGREEMENT_COMPLETED", now)
    return agreement


@transaction.atomic
def lapse_agreement(*, agreement_id: int, now: datetime) -> Agreement:
    """End a draft that was not signed before its window began, and free the buyer's hold.

    One that is not such a draft stays as it is.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement_id)
    if agreement.state != "DRAFTED" or agreement.starts_at > now:
        return agreement
    _end(agreement, "TERMINATED", "AGREEMENT_LAPSED", now)
    release_hold(
        reason=agreement.hold_reason,
        amount_micros=None,
        key=f"agreement:{agreement.pk}:lapsed",
        now=now,
    )
    return agreement


def _end(agreement: Agreement, state: str, verb: str, now: datetime) -> None:
    AGREEMENT_LIFECYCLE.check(agreement.state, state)
    agreement.state = state
    agreement.ended_at = now
    agreement.save(update_fields=["state", "ended_at"])
    record_deed(verb=verb, subject=f"agreement:{agreement.pk}", now=now)
