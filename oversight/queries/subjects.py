"""The frozen facts of every centre and project, as an assessment reads them."""

from collections.abc import Iterable, Mapping
from datetime import date

from marketplace.models import NetworkMeasurement, Site
from oversight.domain.facts import Facts, Figure, Source, SubjectKind
from oversight.domain.rules import Rule, RuleKind, in_force
from oversight.models import Assessment, AssessmentRule, Project
from oversight.queries.ratios import SiteUse, site_uses

# Long enough that one idle weekend fails nobody.
ASSESSED_DAYS = 30
# A cancelled project needs no verdict.
ASSESSED_PROJECTS = ("PLANNED", "APPROVED", "BUILDING")


def rules_in_force(*, as_of: date, using: str = "default") -> tuple[Rule, ...]:
    """Return the newest valid version of each rule on the day."""
    rows = AssessmentRule.objects.using(using).filter(kind__in=list(RuleKind))
    return in_force(
        (
            Rule(RuleKind(row.kind), row.version, row.parameters, row.valid_from, row.illustrative)
            for row in rows
        ),
        as_of,
    )


def assessed_on(day: date) -> bool:
    """Tell whether the day's verdicts are given."""
    return Assessment.objects.filter(as_of=day).exists()


def all_facts(*, as_of: date, using: str = "default") -> list[Facts]:
    """Return the facts of every active centre and every open project; eight queries."""
    return [*site_facts(as_of=as_of, using=using), *project_facts(using=using)]


def site_facts(*, as_of: date, using: str = "default", site_id: int | None = None) -> list[Facts]:
    """Return the facts of active centres (or of one)."""
    uses = site_uses(as_of=as_of, days=ASSESSED_DAYS, using=using, site_id=site_id)
    latency = nearest_rtts(using=using, site_ids=None if site_id is None else [site_id])
    rows = Site.objects.using(using).filter(active=True)
    if site_id is not None:
        rows = rows.filter(pk=site_id)
    design = {
        pk: (pue, limit)
        for pk, pue, limit in rows.order_by().values_list(
            "pk", "pue_thousandths", "zone__pue_limit_thousandths"
        )
    }
    return [_of_site(use, *design[use.site_id], latency) for use in uses]


def project_facts(*, using: str = "default", project_id: int | None = None) -> list[Facts]:
    """Return the facts of the projects that are still to be built (or of one)."""
    rows = Project.objects.using(using).filter(status__in=ASSESSED_PROJECTS)
    if project_id is not None:
        rows = rows.filter(pk=project_id)
    return [_of_project(row) for row in rows.select_related("zone").order_by("pk")]


def nearest_rtts(
    *, using: str = "default", site_ids: Iterable[int] | None = None
) -> Mapping[int, Figure]:
    """Return each centre's shortest median RTT to a city; of one city, measured stands first."""
    newest = NetworkMeasurement.objects.using(using)
    if site_ids is not None:
        newest = newest.filter(site_id__in=list(site_ids))
    rows = (
        newest.order_by("site_id", "city_id", "-method", "-measured_at", "-id")
        .distinct("site_id", "city_id")
        .values_list("site_id", "method", "rtt_us")
    )
    best: dict[int, Figure] = {}
    for pk, method, rtt_us in rows:
        figure = Figure(rtt_us, Source(method))
        known = best.get(pk)
        if known is None or figure.value < known.value:
            best[pk] = figure
    return best


def _of_site(
    use: SiteUse, pue: int, zone_limit: int | None, latency: Mapping[int, Figure]
) -> Facts:
    return Facts(
        kind=SubjectKind.SITE,
        subject_id=use.site_id,
        rack_occupancy_bp=_figure(use.rack_occupancy_bp, Source.DECLARED),
        contracted_bp=_figure(use.contracted_bp, Source.METERED_AND_DECLARED),
        compute_utilisation_bp=_figure(use.utilisation_bp, Source.METERED_AND_DECLARED),
        pue_thousandths=Figure(pue, Source.DECLARED),
        zone_pue_limit_thousandths=zone_limit,
        nearest_city_rtt_us=latency.get(use.site_id),
    )


def _of_project(row: Project) -> Facts:
    return Facts(
        kind=SubjectKind.PROJECT,
        subject_id=row.pk,
        purchase_agreement_share_bp=_figure(row.purchase_agreement_share_bp, Source.DECLARED),
        pue_thousandths=_figure(row.planned_pue_thousandths, Source.DECLARED),
        zone_pue_limit_thousandths=row.zone.pue_limit_thousandths if row.zone else None,
        planned_date=row.planned_date,
        sponsor_kind=row.sponsor_kind,
        size_pflops=row.size_pflops,
    )


def _figure(value: int | None, source: Source) -> Figure | None:
    return None if value is None else Figure(value, source)
