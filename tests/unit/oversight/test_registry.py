"""The registry of a new market, the ratios and the verdicts over it."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Deed
from exchange.refusal import NotFound
from marketplace.models import CapacityDay, Pool, Site
from oversight.actions import NoRuleInForce, assess_all, assess_one, seed_registry
from oversight.domain.facts import SubjectKind
from oversight.domain.rules import RuleKind
from oversight.domain.verdict import Verdict
from oversight.models import (
    Assessment,
    AssessmentRule,
    DeclaredUse,
    Licence,
    Project,
    PublicStatistic,
)
from oversight.queries import site_uses, together, what_if
from tests.unit.oversight.national import DAY, NOW, site

pytestmark = pytest.mark.django_db


def counts() -> list[int]:
    models = (PublicStatistic, AssessmentRule, Licence, Project, DeclaredUse)
    return [model._default_manager.count() for model in models]


def test_seeding_twice_adds_nothing() -> None:
    site("qingyang-1")
    seed_registry(now=NOW)
    before = counts()

    seed_registry(now=NOW)

    assert counts() == before
    assert min(before) > 0


def test_the_figures_of_the_origin_story_have_source_and_date() -> None:
    seed_registry(now=NOW)

    figures = {row.code: row for row in PublicStatistic.objects.all()}

    assert figures["licensed-centres"].value == 7000
    assert figures["state-investment-2024"].value == 24_700_000_000
    assert figures["compute-utilisation"].upper_value == 3000
    assert figures["rack-occupancy-clusters"].value == 6272
    assert all(row.source and row.published_date for row in figures.values())


def test_made_up_rows_say_that_they_are_and_thresholds_that_they_illustrate() -> None:
    site("qingyang-1")
    seed_registry(now=NOW)

    assert Project.objects.exclude(sample=True).count() == 0
    assert Licence.objects.get().sample
    assert AssessmentRule.objects.get(kind="MINIMUM_UTILISATION").illustrative
    assert not AssessmentRule.objects.get(kind="ENHANCED_REVIEW_AFTER").illustrative


def test_a_version_of_a_rule_that_was_changed_is_not_seeded_over() -> None:
    seed_registry(now=NOW)
    AssessmentRule.objects.filter(kind="PUE_LIMIT").update(parameters={"otherwise_thousandths": 1})

    seed_registry(now=NOW)

    assert AssessmentRule.objects.get(kind="PUE_LIMIT").parameters == {"otherwise_thousandths": 1}


def test_the_contracted_ratio_counts_what_was_sold_here_and_what_was_declared() -> None:
    place = site("qingyang-1", devices=100)
    pool = Pool.objects.get(site=place)
    CapacityDay.objects.create(
        pool=pool, day=DAY, installed=100, in_orders=[0] * 24, contracted=[10] * 12 + [0] * 12
    )
    DeclaredUse.objects.create(
        site=place, month=date(2026, 11, 1), contracted_bp=4000, busy_bp=2000, declared_at=NOW
    )

    (use,) = site_uses(as_of=DAY)

    assert use.installed_device_hours == 2400
    assert use.contracted_device_hours == 120
    assert use.contracted_bp == 4500
    assert use.utilisation_bp == 2000
    assert use.rack_occupancy_bp == 6200


def test_a_centre_that_reports_nothing_stays_out_of_the_nation_utilisation() -> None:
    place = site("qingyang-1", devices=100)
    site("qingyang-2", devices=300)
    DeclaredUse.objects.create(
        site=place, month=date(2026, 11, 1), contracted_bp=0, busy_bp=2500, declared_at=NOW
    )

    nation = together(site_uses(as_of=DAY))

    assert nation.sites == 2
    assert nation.utilisation_bp == 2500
    assert nation.installed_device_hours == 9600


def test_all_centres_and_open_projects_get_one_verdict_a_day_with_evidence() -> None:
    place = site("qingyang-1", pue=1201)
    seed_registry(now=NOW)

    first = assess_all(as_of=DAY, now=NOW)
    second = assess_all(as_of=DAY, now=NOW)

    assert first == second
    assert Assessment.objects.count() == sum(first.values())
    row = Assessment.objects.get(site=place)
    pue = next(f for f in row.findings if f["kind"] == "PUE_LIMIT")
    assert row.verdict == "FAIL"
    assert (pue["value"], pue["limit"], pue["version"]) == (1201, 1200, 1)
    assert Deed.objects.filter(verb="ASSESSED_ALL").count() == 2


def test_a_cancelled_project_is_not_assessed() -> None:
    seed_registry(now=NOW)
    cancelled = Project.objects.filter(status="CANCELLED").first()
    assert cancelled is not None

    with pytest.raises(NotFound):
        assess_one(kind=SubjectKind.PROJECT, subject_id=cancelled.pk, as_of=DAY, now=NOW)


def test_one_centre_is_assessed_by_itself() -> None:
    place = site("qingyang-1")
    seed_registry(now=NOW)

    row = assess_one(kind=SubjectKind.SITE, subject_id=place.pk, as_of=DAY, now=NOW)

    assert row.site_id == place.pk
    assert Assessment.objects.count() == 1


def test_nothing_is_assessed_on_a_day_without_rules() -> None:
    with pytest.raises(NoRuleInForce):
        assess_all(as_of=date(2020, 1, 1), now=NOW)


def test_other_parameters_name_the_centres_that_would_change_and_write_nothing() -> None:
    place = site("qingyang-1", pue=1150)
    seed_registry(now=NOW)
    DeclaredUse.objects.update(contracted_bp=9000, busy_bp=2600)

    answer = what_if(
        parameters={RuleKind.MINIMUM_UTILISATION: {"fail_below_bp": 3000, "review_below_bp": 3000}},
        as_of=DAY,
    )

    ours = [c for c in answer.changes if c.kind is SubjectKind.SITE]
    assert [(c.subject_id, c.before, c.after) for c in ours] == [
        (place.pk, Verdict.PASS, Verdict.FAIL)
    ]
    assert Assessment.objects.count() == 0


def test_the_number_of_queries_does_not_grow_with_the_centres() -> None:
    site("qingyang-0")
    seed_registry(now=NOW)

    with CaptureQueriesContext(connection) as few:
        what_if(parameters={}, as_of=DAY)
    for number in range(1, 20):
        site(f"qingyang-{number}")
    with CaptureQueriesContext(connection) as many:
        what_if(parameters={}, as_of=DAY)

    assert Site.objects.count() == 20
    assert len(many) == len(few) <= 9
