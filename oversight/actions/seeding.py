"""Fill the registry of a new market: published figures, rules, licences, sample projects."""

import csv
import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from exchange.units import MICROS_PER_YUAN
from exchange.window import delivery_day
from marketplace.models import Site, Zone
from oversight.models import AssessmentRule, DeclaredUse, Licence, Project, PublicStatistic

SEED = Path(__file__).resolve().parent.parent / "seed"
LICENCE_YEARS = 5


@transaction.atomic
def seed_registry(*, now: datetime) -> None:
    """Load statistics, rules, licences of the known sites and sample projects; idempotent.

    What is made up is marked as sample, what was not published as illustrative.
    """
    _seed_statistics()
    _seed_rules()
    _seed_projects()
    _seed_licences(delivery_day(now))
    _seed_declared_use(now)


def _table(name: str) -> list[dict[str, str]]:
    with (SEED / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _whole(text: str) -> int | None:
    return int(text) if text else None


def _seed_statistics() -> None:
    for row in _table("statistics"):
        facts: dict[str, Any] = {
            **row,
            "value": int(row["value"]),
            "upper_value": _whole(row["upper_value"]),
        }
        PublicStatistic.objects.update_or_create(code=facts.pop("code"), defaults=facts)


def _seed_rules() -> None:
    """Versions are never edited: a known version stays as it is."""
    rows = json.loads((SEED / "rules.json").read_text(encoding="utf-8"))
    AssessmentRule.objects.bulk_create(
        (AssessmentRule(**row) for row in rows), ignore_conflicts=True
    )


def _seed_projects() -> None:
    zones = dict(Zone.objects.values_list("code", "pk"))
    Project.objects.bulk_create(
        (
            Project(
                code=row["code"],
                name=row["name"],
                province=row["province"],
                zone_id=zones.get(row["zone"]),
                planned_date=row["planned_date"],
                sponsor_kind=row["sponsor_kind"],
                size_pflops=int(row["size_pflops"]),
                racks=int(row["racks"]),
                public_money_micros=int(row["public_money_yuan"]) * MICROS_PER_YUAN,
                planned_pue_thousandths=_whole(row["planned_pue_thousandths"]),
                purchase_agreement_share_bp=_whole(row["purchase_agreement_share_bp"]),
                status=row["status"],
                sample=True,
            )
            for row in _table("projects")
        ),
        ignore_conflicts=True,
    )


def _seed_licences(today: date) -> None:
    unlicensed = Site.objects.filter(licence=None).select_related("owner", "zone").order_by("pk")
    Licence.objects.bulk_create(
        (
            Licence(
                number=site.licence_no or f"SAMPLE-{site.code}",
                holder_name=site.owner.name,
                holder_uscc=site.owner.uscc,
                site=site,
                province=site.zone.province,
                issued_date=date(today.year - 1 - _spread(site.code, 3), 7, 1),
                valid_until=date(today.year - 1 - _spread(site.code, 3) + LICENCE_YEARS, 7, 1),
                sample=True,
            )
            for site in unlicensed
        ),
        ignore_conflicts=True,
    )


def _seed_declared_use(now: datetime) -> None:
    """Give sites without a report one, around the published 20 to 30 % of compute."""
    month = delivery_day(now).replace(day=1)
    DeclaredUse.objects.bulk_create(
        DeclaredUse(
            site=site,
            month=month,
            contracted_bp=2500 + _spread(site.code + "sold", 4500),
            busy_bp=1200 + _spread(site.code + "busy", 2600),
            declared_at=now,
            sample=True,
        )
        for site in Site.objects.filter(declared=None).order_by("pk")
    )


def _spread(key: str, below: int) -> int:
    """Return a figure that looks like chance and is the same on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % below
