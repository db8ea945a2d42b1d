"""What waits to be settled, what was settled, and what is still owed."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from billing.domain.link_rating import MeteredLinkHour
from billing.domain.rating import Charge, MeteredHour
from billing.models import Attempt, DamagesPayment, Settlement
from contracts.domain.link_terms import LinkTerms
from contracts.domain.terms import Terms
from contracts.models import AgreementVersion
from delivery.domain.recall import owed_seconds
from delivery.domain.substitution import cost_of_hour
from delivery.models import SealedLinkHour, SealedUsage, Substitution
from exchange.window import HOUR

AMOUNTS = ("value_micros", "vat_micros", "fee_micros", "fee_vat_micros", "damages_micros")


def usage_awaiting_settlement(wall: datetime, limit: int) -> list[int]:
    """Return the oldest sealed hours without a settlement, but those that rest after a failure."""
    waiting = SealedUsage.objects.filter(settlement=None).order_by("pk")
    resting = resting_keys("settle", wall)
    oldest = waiting.values_list("pk", flat=True)[: limit + len(resting)]
    return [usage_id for usage_id in oldest if f"settle:{usage_id}" not in resting][:limit]


def link_hours_awaiting_settlement(wall: datetime, limit: int) -> list[int]:
    """Return the oldest sealed hours of links without a settlement, but those that rest."""
    waiting = SealedLinkHour.objects.filter(settlement=None).order_by("pk")
    resting = resting_keys("settle-link", wall)
    oldest = waiting.values_list("pk", flat=True)[: limit + len(resting)]
    return [pk for pk in oldest if f"settle-link:{pk}" not in resting][:limit]


def resting_keys(name: str, wall: datetime) -> set[str]:
    """Return the items of a sweep that failed and are not to be tried yet."""
    rows = Attempt.objects.filter(key__startswith=f"{name}:", next_attempt_at__gt=wall)
    return set(rows.values_list("key", flat=True))


def settled_charge(agreement_id: int) -> Charge:
    """Return what was posted for an agreement so far."""
    sums = Settlement.objects.filter(agreement_id=agreement_id).aggregate(
        **{name: Sum(name, default=0) for name in AMOUNTS}
    )
    return Charge(**sums)


def metered_hours(agreement_id: int, with_usage_id: int) -> list[MeteredHour]:
    """Return the settled hours of an agreement, in every run, and the one to settle now."""
    settled = Exists(Settlement.objects.filter(usage=OuterRef("pk")))
    rows = SealedUsage.objects.filter(allocation__agreement_id=agreement_id)
    wanted = rows.filter(Q(pk=with_usage_id) | Q(settled)).order_by("pk")
    return [metered_hour(usage) for usage in wanted.select_related("allocation__substitution")]


def metered_hour(usage: SealedUsage) -> MeteredHour:
    """Return a sealed hour as it is rated.

    Of a recalled delivery with what is still owed; where a substitute delivers, with nothing
    delivered here and, for damages, what the substitute costs more.
    """
    owed = owed_seconds(usage.hour_start, usage.allocation.recalled_from)
    return MeteredHour(
        hour_start=usage.hour_start,
        run=usage.run,
        contracted_device_seconds=usage.contracted_device_seconds,
        delivered_device_seconds=usage.delivered_device_seconds,
        owed_device_seconds=usage.allocation.devices * owed,
        cover_micros=_cover_micros(usage),
    )


def _cover_micros(usage: SealedUsage) -> int | None:
    sub: Substitution | None = getattr(usage.allocation, "substitution", None)
    if sub is None or sub.state != "REPLACED" or sub.covers_from is None:
        return None
    index = (usage.hour_start - sub.covers_from) // HOUR
    if index < 0:
        return None
    return cost_of_hour(sub.cost_micros, (sub.ends_at - sub.covers_from) // HOUR, index)


def metered_link_hours(agreement_id: int, with_link_hour_id: int) -> list[MeteredLinkHour]:
    """Return the settled hours of a link's own meter, in every run, and the one to settle now."""
    settled = Q(pk=with_link_hour_id) | Q(settlement__isnull=False)
    rows = SealedLinkHour.objects.filter(settled, link_delivery__agreement_id=agreement_id)
    names = ("hour_start", "run", "available_gbps_seconds", "moved_mb")
    return [MeteredLinkHour(*row) for row in rows.order_by("pk").values_list(*names)]


def link_terms_by_agreement(agreement_ids: Iterable[int]) -> dict[int, LinkTerms]:
    """Return the terms of those of the agreements that are on links."""
    rows = AgreementVersion.objects.filter(
        agreement_id__in=list(agreement_ids), agreement__link_trade__isnull=False
    )
    return {row.agreement_id: LinkTerms.from_json(row.terms) for row in rows.order_by("version")}


def versions_of(agreement_ids: Iterable[int]) -> dict[int, list[tuple[datetime, Terms]]]:
    """Return the terms of agreements on devices, with the instant from which they hold."""
    rows = AgreementVersion.objects.filter(
        agreement_id__in=list(agreement_ids), agreement__link_trade=None
    )
    found: dict[int, list[tuple[datetime, Terms]]] = {}
    for row in rows.order_by("version"):
        terms = Terms.from_json(row.terms)
        found.setdefault(row.agreement_id, []).append((row.effective_from, terms))
    return found


def settlements_of(agreement_ids: Iterable[int]) -> QuerySet[Settlement]:
    """Return the settlements of agreements, in order of hour and run."""
    return Settlement.objects.filter(agreement_id__in=agreement_ids).order_by("hour_start", "id")


def outstanding_damages(agreement_id: int) -> int:
    """Return the damages that the seller still owes, in micros; negative: to be given back.

    What a substitute costs more is owed from its order on, whatever is settled of it.
    """
    owed = settled_charge(agreement_id).damages_micros + _owed_ahead(agreement_id)
    paid = DamagesPayment.objects.filter(agreement_id=agreement_id).aggregate(
        paid=Sum("amount_micros", default=0)
    )["paid"]
    return owed - int(paid)


def _owed_ahead(agreement_id: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"{OWED_AHEAD} AND a.agreement_id = %s", [agreement_id])
        row = cursor.fetchone()
    return int(row[1]) if row else 0


# What is owed for substitutes and not settled yet, by agreement.
OWED_AHEAD = """
SELECT a.agreement_id, CASE t.state WHEN 'ORDERED' THEN t.advance_micros
    ELSE t.cost_micros - COALESCE((SELECT sum(x.damages_micros) FROM billing_settlement x
        WHERE x.agreement_id = a.agreement_id AND x.hour_start >= t.covers_from), 0) END AS micros
FROM delivery_substitution t JOIN delivery_allocation a ON a.id = t.of_allocation_id
WHERE t.state IN ('ORDERED', 'REPLACED')
"""
OWING = f"""
SELECT agreement_id FROM (
    SELECT agreement_id, sum(damages_micros) AS micros FROM billing_settlement GROUP BY 1
    UNION ALL SELECT agreement_id, -sum(amount_micros) FROM billing_damagespayment GROUP BY 1
    UNION ALL {OWED_AHEAD}) each_kind
GROUP BY 1 HAVING sum(micros) <> 0 ORDER BY 1 LIMIT %s
"""  # noqa: S608 - constants


def agreements_owing_damages(limit: int) -> list[int]:
    """Return agreements whose damages are not yet paid in full, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(OWING, [limit])
        return [int(row[0]) for row in cursor.fetchall()]
