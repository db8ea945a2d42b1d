"""Which standard terms are in force, and who has accepted them."""

from datetime import datetime

from contracts.domain.standard_clauses import StandardClause, clauses_in
from contracts.domain.terms import StandardParameters
from contracts.models import StandardTerms, TermsAcceptance


def standard_terms_at(now: datetime) -> StandardTerms | None:
    """Return the version in force at an instant; none before the first."""
    return StandardTerms.objects.filter(valid_from__lte=now).order_by("-version").first()


def parameters_of(standard: StandardTerms) -> StandardParameters:
    """Return a version's figures, as agreements freeze them."""
    return StandardParameters(
        standard_terms_version=standard.version,
        take_or_pay_bp=standard.take_or_pay_bp,
        availability_bp=standard.availability_bp,
        damages_bp=standard.damages_bp,
        damages_cap_bp=standard.damages_cap_bp,
        acceptance_share_bp=standard.acceptance_share_bp,
        maintenance_hours=standard.maintenance_hours,
        dispute_days=standard.dispute_days,
    )


def acceptance_of(member_id: int, standard_terms_id: int) -> TermsAcceptance | None:
    """Return the member's standing signature under that version."""
    return TermsAcceptance.objects.filter(
        member_id=member_id, standard_terms_id=standard_terms_id
    ).first()


def standard_version(version: int) -> StandardTerms:
    """Return a published version by its number."""
    return StandardTerms.objects.get(version=version)


def clauses_at(standard: StandardTerms) -> list[tuple[StandardClause, StandardClause]]:
    """Return a version's published clauses as pairs of English and Chinese."""
    english, chinese = clauses_in(standard.text_en), clauses_in(standard.text_zh)
    return list(zip(english, chinese, strict=True))
