"""Each rule, at its edge."""

from dataclasses import replace
from datetime import date

import pytest

from oversight.domain.assessing import assess, compare, with_parameters
from oversight.domain.facts import Facts, Figure, Source, SubjectKind, share_bp
from oversight.domain.rules import Rule, RuleKind, RuleMalformed, in_force
from oversight.domain.verdict import Verdict

SITE = Facts(
    kind=SubjectKind.SITE,
    subject_id=1,
    rack_occupancy_bp=Figure(6500, Source.DECLARED),
    contracted_bp=Figure(5000, Source.METERED_AND_DECLARED),
    compute_utilisation_bp=Figure(2500, Source.METERED_AND_DECLARED),
    pue_thousandths=Figure(1250, Source.DECLARED),
    nearest_city_rtt_us=Figure(20_000, Source.MEASURED),
)
PROJECT = Facts(
    kind=SubjectKind.PROJECT,
    subject_id=7,
    purchase_agreement_share_bp=Figure(4000, Source.REGISTRY),
    pue_thousandths=Figure(1200, Source.REGISTRY),
    planned_date=date(2025, 3, 20),
    sponsor_kind="LOCAL_GOV",
    size_pflops=1000,
)


def rule(kind: RuleKind, **parameters: object) -> Rule:
    return Rule(kind, 1, parameters, date(2025, 1, 1), illustrative=True)


UTILISATION = rule(
    RuleKind.MINIMUM_UTILISATION,
    ratio="COMPUTE_UTILISATION",
    fail_below_bp=2500,
    review_below_bp=3000,
)
AGREEMENTS = rule(RuleKind.PURCHASE_AGREEMENT_SHARE, fail_below_bp=4000, review_below_bp=4500)
REVIEW = rule(RuleKind.ENHANCED_REVIEW_AFTER, after="2025-03-20")
BAR = rule(RuleKind.LOCAL_GOV_SMALL_BAR, below_pflops=1000)
PUE = rule(RuleKind.PUE_LIMIT, otherwise_thousandths=1250)
LATENCY = rule(RuleKind.LATENCY_TARGET, target_us=20_000, estimate_passes=0)


def verdict(facts: Facts, *rules: Rule) -> Verdict:
    return assess(facts, rules).verdict


@pytest.mark.parametrize(
    ("utilisation_bp", "expected"),
    [
        (2499, Verdict.FAIL),
        (2500, Verdict.REVIEW),
        (2999, Verdict.REVIEW),
        (3000, Verdict.PASS),
    ],
)
def test_utilisation_fails_below_the_limit_and_is_reviewed_near_it(
    utilisation_bp: int, expected: Verdict
) -> None:
    facts = replace(SITE, compute_utilisation_bp=Figure(utilisation_bp, Source.MEASURED))

    assert verdict(facts, UTILISATION) is expected


def test_the_rule_tests_the_ratio_that_it_names_and_says_so() -> None:
    racks = rule(
        RuleKind.MINIMUM_UTILISATION,
        ratio="RACK_OCCUPANCY",
        fail_below_bp=6000,
        review_below_bp=6000,
    )

    (finding,) = assess(SITE, [racks]).findings

    assert (finding.tested, finding.value, finding.limit) == ("RACK_OCCUPANCY", 6500, 6000)
    assert finding.verdict is Verdict.PASS
    assert finding.illustrative
    assert finding.source == Source.DECLARED


def test_a_centre_is_tested_on_what_it_sold_and_a_project_on_what_it_declared() -> None:
    (of_site,) = assess(SITE, [AGREEMENTS]).findings
    (of_project,) = assess(PROJECT, [AGREEMENTS]).findings

    assert (of_site.value, of_site.verdict) == (5000, Verdict.PASS)
    assert (of_project.value, of_project.verdict) == (4000, Verdict.REVIEW)


def test_a_project_planned_on_the_day_is_free_of_the_review_and_a_day_later_is_not() -> None:
    later = replace(PROJECT, planned_date=date(2025, 3, 21))

    assert verdict(PROJECT, REVIEW) is Verdict.PASS
    assert verdict(later, REVIEW) is Verdict.REVIEW


def test_a_local_government_is_barred_from_a_small_project_only() -> None:
    small = replace(PROJECT, size_pflops=999)

    assert verdict(small, BAR) is Verdict.BARRED
    assert verdict(PROJECT, BAR) is Verdict.PASS
    assert assess(replace(small, sponsor_kind="PRIVATE"), [BAR]).findings == ()


def test_the_zone_own_pue_limit_stands_over_the_general_one() -> None:
    strict = replace(SITE, zone_pue_limit_thousandths=1200)

    assert verdict(SITE, PUE) is Verdict.PASS
    assert verdict(strict, PUE) is Verdict.FAIL


def test_an_estimated_latency_does_not_pass_where_the_rule_wants_a_measured_one() -> None:
    estimated = replace(SITE, nearest_city_rtt_us=Figure(5_000, Source.ESTIMATED))
    far = replace(SITE, nearest_city_rtt_us=Figure(20_001, Source.MEASURED))

    assert verdict(SITE, LATENCY) is Verdict.PASS
    assert verdict(estimated, LATENCY) is Verdict.REVIEW
    assert verdict(far, LATENCY) is Verdict.FAIL


def test_a_missing_figure_is_never_a_pass() -> None:
    unknown = replace(SITE, compute_utilisation_bp=None)

    assert verdict(unknown, UTILISATION) is Verdict.UNASSESSED
    assert verdict(unknown, UTILISATION, PUE) is Verdict.REVIEW
    assert verdict(
        replace(unknown, pue_thousandths=Figure(1300, Source.DECLARED)), UTILISATION, PUE
    ) is (Verdict.FAIL)


def test_the_gravest_finding_is_the_verdict() -> None:
    facts = replace(PROJECT, size_pflops=1, planned_date=date(2026, 1, 1))

    assert verdict(facts, REVIEW, BAR, PUE) is Verdict.BARRED


def test_the_newest_version_that_is_valid_on_the_day_is_in_force() -> None:
    second = replace(PUE, version=2, valid_from=date(2026, 1, 1))

    assert in_force([PUE, second, BAR], date(2025, 12, 31)) == (BAR, PUE)
    assert in_force([second, PUE], date(2026, 1, 1)) == (second,)
    assert in_force([PUE], date(2024, 12, 31)) == ()


def test_other_parameters_tell_who_changes_and_touch_no_rule() -> None:
    good = replace(SITE, subject_id=2, compute_utilisation_bp=Figure(4000, Source.MEASURED))
    then = with_parameters([UTILISATION], {RuleKind.MINIMUM_UTILISATION: {"fail_below_bp": 3500}})

    answer = compare([SITE, good], (UTILISATION,), then)

    assert answer.before == {Verdict.REVIEW: 1, Verdict.PASS: 1}
    assert answer.after == {Verdict.FAIL: 1, Verdict.PASS: 1}
    assert [(c.subject_id, c.before, c.after) for c in answer.changes] == [
        (1, Verdict.REVIEW, Verdict.FAIL)
    ]
    assert UTILISATION.parameters["fail_below_bp"] == 2500


@pytest.mark.parametrize(
    "broken",
    [
        rule(RuleKind.PUE_LIMIT, otherwise_thousandths="1250"),
        rule(RuleKind.LOCAL_GOV_SMALL_BAR, below_pflops=True),
        rule(RuleKind.ENHANCED_REVIEW_AFTER, after="spring"),
        rule(RuleKind.MINIMUM_UTILISATION, ratio="HAPPINESS"),
    ],
)
def test_a_rule_without_its_parameter_is_refused_by_name(broken: Rule) -> None:
    with pytest.raises(RuleMalformed, match=broken.kind):
        assess(SITE if broken.kind is RuleKind.MINIMUM_UTILISATION else PROJECT, [broken])


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_bp(1, 0) is None
    assert share_bp(2, 3) == 6666
