"""Fees and taxes in force."""

from datetime import datetime

from ledger.domain.funds import Rates
from ledger.domain.refusals import RateMissing
from ledger.models import RateRule


def rates_at(now: datetime) -> Rates:
    """Return the fee and VAT in force, in basis points; refuses with RateMissing."""
    return Rates(seller_fee_bp=_rate("SELLER_FEE", now), vat_bp=_rate("VAT", now))


def rate_rules() -> list[RateRule]:
    """Return all dated rates, newest first."""
    return list(RateRule.objects.order_by("-valid_from", "kind"))


def _rate(kind: str, at: datetime) -> int:
    rule = RateRule.objects.filter(kind=kind, valid_from__lte=at).order_by("-valid_from").first()
    if rule is None:
        raise RateMissing(kind=kind, at=at.isoformat())
    return rule.rate_bp
