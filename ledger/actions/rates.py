"""Fees and taxes as dated rows."""

from datetime import UTC, datetime

from ledger.models import RateRule

FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)


def seed_rates(*, now: datetime) -> None:
    """Write the default rates, a seller fee of 1.5 % and VAT of 6 %; twice changes nothing."""
    for kind, rate_bp in (("SELLER_FEE", 150), ("VAT", 600)):
        RateRule.objects.get_or_create(
            kind=kind, valid_from=FIRST_DAY, defaults={"rate_bp": rate_bp}
        )
