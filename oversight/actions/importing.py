"""Import licences and projects from files: good rows go in, bad rows come back with reasons."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction

from accounts.actions import record_deed
from exchange.units import MICROS_PER_YUAN
from marketplace.models import Site, Zone
from oversight.domain.refusals import NotARegulator
from oversight.domain.registry_csv import BadRow, Parsed, Reason, parse
from oversight.models import Licence, Project
from oversight.queries.deciding import deciding_regulators
from oversight.queries.registry import columns_of


@dataclass(frozen=True)
class ImportReport:
    """What an import did, or would do."""

    columns: tuple[str, ...]
    new: int
    changed: int
    unchanged: int
    bad: tuple[BadRow, ...]


def preview_import(*, kind: str, content: str) -> ImportReport:
    """Tell what importing the file (`licences` or `projects`) would do; writes nothing."""
    return _report(kind, _checked(kind, content))


@transaction.atomic
def import_licences(*, content: str, person_id: int, now: datetime) -> ImportReport:
    """Import licences by number: again changes nothing. Refuses people who do not decide."""
    return _import("licences", content, person_id, now)


@transaction.atomic
def import_projects(*, content: str, person_id: int, now: datetime) -> ImportReport:
    """Import projects by code: again changes nothing. Refuses people who do not decide."""
    return _import("projects", content, person_id, now)


def _import(kind: str, content: str, person_id: int, now: datetime) -> ImportReport:
    if person_id not in deciding_regulators({person_id}, locked=True):
        raise NotARegulator
    parsed = _checked(kind, content)
    report = _report(kind, parsed)
    model, key = _model(kind)
    rows = [model(**values) for values in _rows(kind, parsed.good)]
    fields = [name for name in _fields(kind) if name != key]
    model._default_manager.bulk_create(
        rows, update_conflicts=True, unique_fields=[key], update_fields=fields, batch_size=1000
    )
    record_deed(
        verb="REGISTRY_IMPORTED",
        subject=f"registry:{kind}",
        now=now,
        person_id=person_id,
        facts={"new": report.new, "changed": report.changed, "bad": len(report.bad)},
    )
    return report


def _model(kind: str) -> tuple[type[models.Model], str]:
    return (Project, "code") if kind == "projects" else (Licence, "number")


def _fields(kind: str) -> list[str]:
    names = list(columns_of(kind))
    translated = {"site": "site_id", "zone": "zone_id", "public_money_yuan": "public_money_micros"}
    return [*(translated.get(name, name) for name in names), "sample"]


def _rows(kind: str, good: Iterable[Mapping[str, object]]) -> list[dict[str, Any]]:
    """Return the model's fields of each good row; what is imported is no sample."""
    places: Mapping[str, int] = dict(
        Zone.objects.values_list("code", "pk")
        if kind == "projects"
        else Site.objects.values_list("code", "pk")
    )
    rows = []
    for values in good:
        row: dict[str, Any] = {**values, "sample": False}
        place = "zone" if kind == "projects" else "site"
        code = row.pop(place)
        row[f"{place}_id"] = places[code] if code else None
        if kind == "projects":
            row["public_money_micros"] = row.pop("public_money_yuan") * MICROS_PER_YUAN
        rows.append(row)
    return rows


def _report(kind: str, parsed: Parsed) -> ImportReport:
    model, key = _model(kind)
    fields = _fields(kind)
    wanted = {row[key]: tuple(row[name] for name in fields) for row in _rows(kind, parsed.good)}
    known = {
        row[fields.index(key)]: row
        for row in model._default_manager.filter(**{f"{key}__in": list(wanted)}).values_list(
            *fields
        )
    }
    same = sum(1 for name, row in wanted.items() if known.get(name) == row)
    new = len(wanted.keys() - known.keys())
    return ImportReport(parsed.columns, new, len(wanted) - new - same, same, parsed.bad)


def _checked(kind: str, content: str) -> Parsed:
    """Parse the file and take out licences of sites that hold another one."""
    parsed = parse(content, columns_of(kind))
    if kind == "projects":
        return parsed
    # A site's licence is the one that the site itself states, or the first one registered.
    holders = dict(Licence.objects.exclude(site=None).values_list("site__code", "number"))
    holders |= dict(Site.objects.exclude(licence_no="").values_list("code", "licence_no"))
    place = dict(Site.objects.values_list("code", "zone__province"))
    good, bad = [], list(parsed.bad)
    for row in parsed.good:
        site, number = str(row["site"] or ""), str(row["number"])
        if site and holders.setdefault(site, number) != number:
            taken = Reason(
                "%(site)s holds the licence %(number)s already.",
                {
                    "site": site,
                    "number": holders[site],
                },
            )
            cells = {name: str(value or "") for name, value in row.items()}
            bad.append(BadRow(0, cells, (taken,)))
        elif site and place[site] != row["province"]:
            cells = {name: str(value or "") for name, value in row.items()}
            elsewhere = Reason("%(site)s lies in another province.", {"site": site})
            bad.append(BadRow(0, cells, (elsewhere,)))
        else:
            good.append(row)
    return Parsed(parsed.columns, tuple(good), tuple(bad))
