"""Publish the standard exchange terms, and accept them for a member."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from contracts.actions.refusals import NoStandardTerms
from contracts.domain.standard_clauses import FIRST_STANDARD, standard_text, text_sha256
from contracts.models import StandardTerms, TermsAcceptance
from contracts.queries import standard_terms_at


@transaction.atomic
def publish_standard_terms(*, now: datetime) -> StandardTerms:
    """Publish the first version of the standard terms, once; later calls return it."""
    figures = dict(vars(FIRST_STANDARD))
    version = figures.pop("standard_terms_version")
    text_en = standard_text(FIRST_STANDARD, "en")
    text_zh = standard_text(FIRST_STANDARD, "zh")
    standard, created = StandardTerms.objects.get_or_create(
        version=version,
        defaults={
            "text_en": text_en,
            "text_zh": text_zh,
            "text_sha256": text_sha256(text_en, text_zh),
            "valid_from": now,
            **figures,
        },
    )
    if created:
        record_deed(
            verb="STANDARD_TERMS_PUBLISHED",
            subject=f"standard_terms:{version}",
            facts={"sha256": standard.text_sha256},
            now=now,
        )
    return standard


@transaction.atomic
def accept_standard_terms(
    *, member_id: int, person_id: int | None, now: datetime
) -> TermsAcceptance:
    """Sign the standard terms in force for a member, once; a second time changes nothing.

    Refuses with NoStandardTerms where none are in force.
    """
    standard = standard_terms_at(now)
    if standard is None:
        raise NoStandardTerms
    acceptance, created = TermsAcceptance.objects.get_or_create(
        member_id=member_id,
        standard_terms=standard,
        defaults={"person_id": person_id, "accepted_at": now},
    )
    if created:
        record_deed(
            verb="STANDARD_TERMS_ACCEPTED",
            subject=f"standard_terms:{standard.version}",
            member_id=member_id,
            person_id=person_id,
            facts={"sha256": standard.text_sha256},
            now=now,
        )
    return acceptance
