"""The nation on one page: ratios, trade, the registry, what waits, the head of the audit chain."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Subquery, Sum
from django.db.models.functions import Extract

from accounts.models import SealedDeed
from exchange.units import SECONDS_PER_HOUR
from exchange.window import delivery_day
from marketplace.models import Halt, Trade
from oversight.models import Assessment, Intervention, Licence, PublicStatistic
from oversight.queries.interventions import halts_in_force, open_interventions
from oversight.queries.ratios import Ratios, SiteUse, provincial_ratios, site_uses, together

TRADED_DAYS = 30


@dataclass(frozen=True)
class Traded:
    """What was bought and sold here in the last days."""

    trades: int
    device_hours: int
    value_micros: int


@dataclass(frozen=True)
class ChainHead:
    """The newest link of the audit chain."""

    sequence: int
    hash: str
    sealed_at: datetime


@dataclass(frozen=True)
class NationalOverview:
    """Everything that the National page shows, of the last closed delivery day."""

    as_of: date
    nation: Ratios
    provinces: Mapping[str, Ratios]
    uses: list[SiteUse]
    clusters: frozenset[str]
    traded: Traded
    licences: Mapping[str, int]
    waiting: list[Intervention]
    halts: list[Halt]
    head: ChainHead | None
    verdicts: Mapping[str, int]
    verdicts_of: date | None


def national_overview(now: datetime, *, using: str = "default") -> NationalOverview:
    """Return the overview of the last closed delivery day; a dozen queries for any nation."""
    as_of = delivery_day(now) - timedelta(days=1)
    uses = site_uses(as_of=as_of, using=using)
    verdicts_of, verdicts = latest_verdicts(using)
    licences = Licence.objects.using(using).order_by().values_list("status")
    return NationalOverview(
        as_of=as_of,
        nation=together(uses),
        provinces=provincial_ratios(uses),
        uses=uses,
        clusters=frozenset(use.province for use in uses if use.in_cluster),
        traded=traded_since(now - timedelta(days=TRADED_DAYS), using=using),
        licences=dict(licences.annotate(number=Count("pk"))),
        waiting=list(open_interventions(using)[:10]),
        halts=list(halts_in_force(using)[:10]),
        head=_chain_head(using),
        verdicts=verdicts,
        verdicts_of=verdicts_of,
    )


def latest_verdicts(using: str = "default") -> tuple[date | None, Mapping[str, int]]:
    """Return the newest assessed day and how many of each verdict it gave."""
    newest = Assessment.objects.order_by("-as_of").values("as_of")[:1]
    rows = Assessment.objects.using(using).filter(as_of=Subquery(newest)).order_by()
    counts = list(rows.values_list("as_of", "verdict").annotate(number=Count("pk")))
    day = counts[0][0] if counts else None
    return day, {verdict: number for _day, verdict, number in counts}


def traded_since(since: datetime, *, using: str = "default") -> Traded:
    """Return what was traded since the instant."""
    hours = Extract(F("ends_at") - F("starts_at"), "epoch") * F("devices") / SECONDS_PER_HOUR
    total = (
        Trade.objects.using(using)
        .filter(traded_at__gte=since)
        .order_by()
        .aggregate(number=Count("pk"), hours=Sum(hours), value=Sum("value_micros"))
    )
    return Traded(total["number"], int(total["hours"] or 0), int(total["value"] or 0))


def statistics(using: str = "default") -> list[PublicStatistic]:
    """Return the published figures, the newest publication first."""
    return list(PublicStatistic.objects.using(using).order_by("-published_date", "code"))


def _chain_head(using: str) -> ChainHead | None:
    newest = SealedDeed.objects.using(using).order_by("-sequence").first()
    return ChainHead(newest.sequence, newest.hash, newest.sealed_at) if newest else None
