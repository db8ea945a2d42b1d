"""The registry's lists: licences and projects, searched, filtered, exported."""

from collections.abc import Iterator, Mapping

from django.db.models import Q, QuerySet

from exchange.units import MICROS_PER_YUAN
from marketplace.models import Site, Zone
from oversight.domain.registry_csv import Read, licence_columns, project_columns
from oversight.models import Licence, Project

EXPORTED_AT_ONCE = 2_000


def provinces(using: str = "default") -> list[str]:
    """Return the codes of the provinces that have a zone."""
    rows = Zone.objects.using(using).order_by("province").values_list("province", flat=True)
    return list(rows.distinct())


def licences(
    *, search: str = "", province: str = "", status: str = "", using: str = "default"
) -> QuerySet[Licence]:
    """Return licences by number; `search` looks at number, holder and site."""
    rows = Licence.objects.using(using).select_related("site")
    if search:
        rows = rows.filter(
            Q(number__icontains=search)
            | Q(holder_name__icontains=search)
            | Q(holder_uscc__iexact=search)
            | Q(site__code__icontains=search)
            | Q(site__name_zh__icontains=search)
        )
    if province:
        rows = rows.filter(province=province)
    return rows.filter(status=status) if status else rows


def projects(
    *, search: str = "", province: str = "", status: str = "", using: str = "default"
) -> QuerySet[Project]:
    """Return projects by code; `search` looks at code and name."""
    rows = Project.objects.using(using).select_related("zone")
    if search:
        rows = rows.filter(Q(code__icontains=search) | Q(name__icontains=search))
    if province:
        rows = rows.filter(province=province)
    return rows.filter(status=status) if status else rows


def columns_of(kind: str) -> Mapping[str, Read]:
    """Return how a file of `licences` or `projects` is read, with the places known today."""
    known = provinces()
    if kind == "projects":
        zones = Zone.objects.values_list("code", flat=True)
        return project_columns(provinces=known, zones=list(zones))
    return licence_columns(provinces=known, sites=list(Site.objects.values_list("code", flat=True)))


def licence_cells(rows: QuerySet[Licence]) -> Iterator[list[object]]:
    """Yield licences as the cells of a file that can be imported again."""
    for row in rows.iterator(EXPORTED_AT_ONCE):
        yield [
            row.number,
            row.holder_name,
            row.holder_uscc,
            row.province,
            row.issued_date,
            row.valid_until,
            row.status,
            row.site.code if row.site else None,
        ]


def project_cells(rows: QuerySet[Project]) -> Iterator[list[object]]:
    """Yield projects as the cells of a file that can be imported again."""
    for row in rows.iterator(EXPORTED_AT_ONCE):
        yield [
            row.code,
            row.name,
            row.province,
            row.zone.code if row.zone else None,
            row.planned_date,
            row.sponsor_kind,
            row.size_pflops,
            row.racks,
            row.public_money_micros // MICROS_PER_YUAN,
            row.planned_pue_thousandths,
            row.purchase_agreement_share_bp,
            row.status,
        ]
