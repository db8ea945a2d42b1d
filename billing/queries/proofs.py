"""Recompute what agreements are worth from sealed usage and frozen terms."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection

from billing.domain.link_rating import link_worth
from billing.domain.rating import Charge, MeteredHour, worth
from billing.models import Settlement
from billing.queries.invariants import INVARIANTS as BILLING_INVARIANTS
from billing.queries.settlements import (
    AMOUNTS,
    link_terms_by_agreement,
    metered_hour,
    versions_of,
)
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
    settlements = Settlement.objects.select_related("usage__allocation").order_by("pk")
    for settlement in settlements.iterator(chunk_size=2_000):
        amounts = {name: getattr(settlement, name) for name in AMOUNTS}
        posted[settlement.agreement_id] += Charge(**amounts)
        hours[settlement.agreement_id].append(metered_hour(settlement.usage))
    versions, links = versions_of(posted), link_terms_by_agreement(posted)
    wrong = [
        f"agreement {agreement_id}"
        for agreement_id, charge in posted.items()
        if charge
        != (
            link_worth(links[agreement_id], hours[agreement_id])
            if agreement_id in links
            else worth(versions[agreement_id], hours[agreement_id])
        )
    ]
    return Finding("agreements rated anew from the meters", len(posted), tuple(wrong))
