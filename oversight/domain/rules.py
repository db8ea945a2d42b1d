"""Assessment rules: each is a pure function of frozen facts and dated parameters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from exchange.refusal import Refused
from oversight.domain.facts import Facts, Figure, Ratio, Source, SubjectKind
from oversight.domain.verdict import Finding, Verdict

Parameters = Mapping[str, object]


class RuleKind(StrEnum):
    """The rules that exist; their parameters are rows with a date."""

    PURCHASE_AGREEMENT_SHARE = "PURCHASE_AGREEMENT_SHARE"
    MINIMUM_UTILISATION = "MINIMUM_UTILISATION"
    ENHANCED_REVIEW_AFTER = "ENHANCED_REVIEW_AFTER"
    LOCAL_GOV_SMALL_BAR = "LOCAL_GOV_SMALL_BAR"
    PUE_LIMIT = "PUE_LIMIT"
    LATENCY_TARGET = "LATENCY_TARGET"


class RuleMalformed(Refused):
    """A rule's parameters do not say what the rule needs."""

    code = "E-RULE-01"
    field = "parameters"
    sentence = "Rule %(kind)s needs the parameter %(name)s, as %(wanted)s."


@dataclass(frozen=True)
class Rule:
    """One version of a rule."""

    kind: RuleKind
    version: int
    parameters: Parameters
    valid_from: date
    illustrative: bool

    def whole(self, name: str) -> int:
        """Return a parameter that is a whole number of at least 0; refuse RuleMalformed."""
        value = self.parameters.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise RuleMalformed(kind=self.kind, name=name, wanted="a whole number")
        return value

    def day(self, name: str) -> date:
        """Return a parameter that is an ISO date; refuse RuleMalformed."""
        try:
            return date.fromisoformat(str(self.parameters.get(name)))
        except ValueError as error:
            raise RuleMalformed(kind=self.kind, name=name, wanted="a date") from error

    def ratio(self, name: str) -> Ratio:
        """Return a parameter that names one of the three ratios; refuse RuleMalformed."""
        try:
            return Ratio(str(self.parameters.get(name)))
        except ValueError as error:
            raise RuleMalformed(kind=self.kind, name=name, wanted="a ratio") from error

    def finding(
        self, verdict: Verdict, tested: str, figure: Figure | None, limit: int, unit: str
    ) -> Finding:
        """Return the evidence row; without a figure the rule is not decided."""
        return Finding(
            kind=self.kind,
            version=self.version,
            verdict=verdict if figure else Verdict.UNASSESSED,
            tested=tested,
            value=figure.value if figure else None,
            limit=limit,
            unit=unit,
            source=figure.source if figure else "",
            illustrative=self.illustrative,
        )


def _at_least(rule: Rule, tested: str, figure: Figure | None) -> Finding:
    """Fail below `fail_below_bp`, review below `review_below_bp`."""
    fail_below, review_below = rule.whole("fail_below_bp"), rule.whole("review_below_bp")
    value = figure.value if figure else 0
    verdict = Verdict.PASS
    if value < fail_below:
        verdict = Verdict.FAIL
    elif value < review_below:
        verdict = Verdict.REVIEW
    return rule.finding(verdict, tested, figure, fail_below, "bp")


def purchase_agreement_share(rule: Rule, facts: Facts) -> Finding | None:
    """Test the share sold in advance: declared for a project, contracted for a centre."""
    if facts.kind is SubjectKind.SITE:
        return _at_least(rule, Ratio.CONTRACTED, facts.contracted_bp)
    return _at_least(rule, "PURCHASE_AGREEMENT_SHARE", facts.purchase_agreement_share_bp)


def minimum_utilisation(rule: Rule, facts: Facts) -> Finding | None:
    """Test the one ratio that the rule names; a project has none yet."""
    ratio = rule.ratio("ratio")
    if facts.kind is SubjectKind.PROJECT:
        return None
    return _at_least(rule, ratio, facts.ratio(ratio))


def enhanced_review_after(rule: Rule, facts: Facts) -> Finding | None:
    """Send projects planned after the day to review; the day itself is still free of it."""
    after = rule.day("after")
    if facts.planned_date is None:
        return None
    figure = Figure(facts.planned_date.toordinal(), Source.REGISTRY)
    verdict = Verdict.REVIEW if facts.planned_date > after else Verdict.PASS
    return rule.finding(verdict, "PLANNED_DATE", figure, after.toordinal(), "date")


def local_gov_small_bar(rule: Rule, facts: Facts) -> Finding | None:
    """Bar local governments from projects below the size."""
    below = rule.whole("below_pflops")
    if facts.size_pflops is None or facts.sponsor_kind != "LOCAL_GOV":
        return None
    figure = Figure(facts.size_pflops, Source.REGISTRY)
    verdict = Verdict.BARRED if facts.size_pflops < below else Verdict.PASS
    return rule.finding(verdict, "SIZE", figure, below, "pflops")


def pue_limit(rule: Rule, facts: Facts) -> Finding | None:
    """Fail above the zone's own limit, or above the general one where the zone has none."""
    limit = facts.zone_pue_limit_thousandths or rule.whole("otherwise_thousandths")
    figure = facts.pue_thousandths
    over = figure is not None and figure.value > limit
    return rule.finding(Verdict.FAIL if over else Verdict.PASS, "PUE", figure, limit, "thousandths")


def latency_target(rule: Rule, facts: Facts) -> Finding | None:
    """Fail above the target to the nearest city; an estimate may have to be reviewed.

    `estimate_passes` 0 means that only a measured figure can pass.
    """
    target, estimate_passes = rule.whole("target_us"), rule.whole("estimate_passes")
    if facts.kind is SubjectKind.PROJECT:
        return None
    figure = facts.nearest_city_rtt_us
    verdict = Verdict.PASS
    if figure and figure.value > target:
        verdict = Verdict.FAIL
    elif figure and figure.source is not Source.MEASURED and not estimate_passes:
        verdict = Verdict.REVIEW
    return rule.finding(verdict, "NEAREST_CITY_RTT", figure, target, "us")


RULES: Mapping[RuleKind, Callable[[Rule, Facts], Finding | None]] = {
    RuleKind.PURCHASE_AGREEMENT_SHARE: purchase_agreement_share,
    RuleKind.MINIMUM_UTILISATION: minimum_utilisation,
    RuleKind.ENHANCED_REVIEW_AFTER: enhanced_review_after,
    RuleKind.LOCAL_GOV_SMALL_BAR: local_gov_small_bar,
    RuleKind.PUE_LIMIT: pue_limit,
    RuleKind.LATENCY_TARGET: latency_target,
}


def in_force(rules: Iterable[Rule], as_of: date) -> tuple[Rule, ...]:
    """Return, for each kind, the newest version that is valid on the day."""
    newest: dict[RuleKind, Rule] = {}
    for rule in rules:
        known = newest.get(rule.kind)
        if rule.valid_from <= as_of and (known is None or rule.version > known.version):
            newest[rule.kind] = rule
    return tuple(newest[kind] for kind in RuleKind if kind in newest)
