"""An applicant's steps: licence, people, settling, and sending the application."""

import hashlib
from datetime import datetime

from django.db import transaction

from accounts.actions.deeds import record_deed
from accounts.domain.joining import is_fit_document
from accounts.domain.refusals import (
    ApplicationIncomplete,
    ApplicationSent,
    DocumentUnfit,
    LicenceMissing,
    MemberUnknown,
)
from accounts.domain.roles import MANAGE_PEOPLE
from accounts.models import Member, Onboarding, Settling
from accounts.queries import person_may
from accounts.queries.joining import joining_of
from exchange.lifecycle import MoveRefused
from exchange.refusal import NotPermitted


@transaction.atomic
def show_licence(
    *,
    member_id: int,
    licence_number: str,
    document_name: str,
    document: bytes,
    by_person_id: int,
    now: datetime,
) -> Onboarding:
    """Keep the licence's number and document; an empty document keeps the one sent before.

    Refuses files that are no PDF, PNG or JPEG or above 2 MB, and a missing licence.
    """
    application = _open_application(member_id, by_person_id)
    if document and not is_fit_document(document):
        raise DocumentUnfit
    if not licence_number.strip() or not (document or application.document_sha256):
        raise LicenceMissing
    application.licence_number = licence_number.strip()
    if document:
        application.document_name = document_name[:120]
        application.document = document
        application.document_sha256 = hashlib.sha256(document).hexdigest()
    application.save()
    _record(
        "LICENCE_SHOWN",
        application,
        by_person_id,
        now,
        number=application.licence_number,
        sha256=application.document_sha256,
    )
    return application


@transaction.atomic
def settle_people(*, member_id: int, by_person_id: int, now: datetime) -> Onboarding:
    """Note that everyone who shall work for the applicant was invited."""
    application = _open_application(member_id, by_person_id)
    application.people_settled = True
    application.save()
    _record("PEOPLE_SETTLED", application, by_person_id, now)
    return application


@transaction.atomic
def choose_settling(
    *, member_id: int, settling: str, by_person_id: int, now: datetime
) -> Onboarding:
    """Choose a wallet (to buy) or a connector (to sell) as the first thing to set up."""
    application = _open_application(member_id, by_person_id)
    application.settling = Settling(settling)
    application.save()
    _record("SETTLING_CHOSEN", application, by_person_id, now, settling=settling)
    return application


@transaction.atomic
def send_application(*, member_id: int, by_person_id: int, now: datetime) -> Onboarding:
    """Hand the application to the operator; refuses while a step is open."""
    application = _open_application(member_id, by_person_id)
    if not joining_of(application.member).complete:
        raise ApplicationIncomplete
    application.submitted_at = now
    application.save()
    _record("APPLICATION_SENT", application, by_person_id, now)
    return application


def _open_application(member_id: int, by_person_id: int) -> Onboarding:
    member = Member.objects.select_for_update().filter(pk=member_id).first()
    if member is None:
        raise MemberUnknown(member_id=member_id)
    if not person_may(person_id=by_person_id, member_id=member_id, verb=MANAGE_PEOPLE):
        raise NotPermitted
    if member.state != "APPLIED":
        raise MoveRefused(before=member.state, after="APPLIED")
    application, _created = Onboarding.objects.get_or_create(member=member)
    if application.submitted_at is not None:
        raise ApplicationSent
    return application


def _record(
    verb: str, application: Onboarding, person_id: int, now: datetime, **facts: object
) -> None:
    record_deed(
        verb=verb,
        subject=f"member:{application.member_id}",
        member_id=application.member_id,
        person_id=person_id,
        facts=facts,
        now=now,
    )
