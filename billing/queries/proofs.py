"""Recompute what agreements are worth from sealed usage and frozen terms."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from billing.domain.link_rating import MeteredLinkHour, link_worth, metered_link_worth
from billing.domain.rating import Charge, MeteredHour, worth
from billing.models import Settlement
from billing.queries.invariants import INVARIANTS as BILLING_INVARIANTS
from billing.queries.settlements import (
    AMOUNTS,
    link_terms_by_agreement,
    metered_hour,
    versions_of,
)
from delivery.models import SealedLinkHour
from ledger.domain.proof import Finding
from ledger.queries import recompute_book
from ledger.queries.invariants import INVARIANTS as LEDGER_INVARIANTS


def prove_everything() -> Iterator[Finding]:
    """Yield every finding: the book recomputed, agreements rated anew, and the invariants."""
    yield from recompute_book()
    yield rate_anew()
    for invariant in (*LEDGER_INVARIANTS, *BILLING_INVARIANTS):
        with connection.cursor() as cursor:
            cursor.execute(invariant.sql)
            rows = cursor.fetchall()
        wrong = tuple(", ".join(str(value) for value in row) for row in rows)
        yield Finding(f"{invariant.code} {invariant.sentence}", 1, wrong)


def rate_anew() -> Finding:
    """Compare what was posted for each agreement with its settled hours rated from nothing."""
    posted: dict[int, Charge] = defaultdict(Charge)
    hours: dict[int, list[MeteredHour]] = defaultdict(list)
    carried: dict[int, list[MeteredLinkHour]] = defaultdict(list)
    settlements = Settlement.objects.select_related(
        "usage__allocation__substitution", "link_hour"
    ).order_by("pk")
    for settlement in settlements.iterator(chunk_size=2_000):
        amounts = {name: getattr(settlement, name) for name in AMOUNTS}
        posted[settlement.agreement_id] += Charge(**amounts)
        if settlement.usage is not None:
            hours[settlement.agreement_id].append(metered_hour(settlement.usage))
        if settlement.link_hour is not None:
            carried[settlement.agreement_id].append(_link_hour_of(settlement.link_hour))
    versions, links = versions_of(posted), link_terms_by_agreement(posted)

    def rated(agreement_id: int) -> Charge:
        terms = links.get(agreement_id)
        if terms is None:
            return worth(versions[agreement_id], hours[agreement_id])
        if terms.has_own_meter:
            return metered_link_worth(terms, carried[agreement_id])
        return link_worth(terms, hours[agreement_id])

    wrong = [f"agreement {pk}" for pk, charge in posted.items() if charge != rated(pk)]
    return Finding("agreements rated anew from the meters", len(posted), tuple(wrong))


def _link_hour_of(sealed: SealedLinkHour) -> MeteredLinkHour:
    return MeteredLinkHour(
        hour_start=sealed.hour_start,
        run=sealed.run,
        available_gbps_seconds=sealed.available_gbps_seconds,
        moved_mb=sealed.moved_mb,
    )
