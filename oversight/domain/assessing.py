"""Assess subjects by rules, and compare two sets of rules without telling anyone."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from oversight.domain.facts import Facts, SubjectKind
from oversight.domain.rules import RULES, Rule, RuleKind
from oversight.domain.verdict import Finding, Verdict, verdict_of


@dataclass(frozen=True)
class Assessed:
    """A verdict with its evidence."""

    kind: SubjectKind
    subject_id: int
    verdict: Verdict
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Change:
    """A subject whose verdict would change."""

    kind: SubjectKind
    subject_id: int
    before: Verdict
    after: Verdict


@dataclass(frozen=True)
class Comparison:
    """What other parameters would do: how many of each verdict, and who changes."""

    before: Mapping[Verdict, int]
    after: Mapping[Verdict, int]
    changes: tuple[Change, ...]


def assess(facts: Facts, rules: Iterable[Rule]) -> Assessed:
    """Apply every rule that concerns the subject; refuse RuleMalformed."""
    found = (RULES[rule.kind](rule, facts) for rule in rules)
    findings = tuple(finding for finding in found if finding is not None)
    return Assessed(facts.kind, facts.subject_id, verdict_of(findings), findings)


def with_parameters(
    rules: Iterable[Rule], changed: Mapping[RuleKind, Mapping[str, object]]
) -> tuple[Rule, ...]:
    """Return the rules with some parameters replaced; such rules are illustrative."""
    return tuple(
        replace(rule, parameters={**rule.parameters, **changed[rule.kind]}, illustrative=True)
        if rule.kind in changed
        else rule
        for rule in rules
    )


def compare(subjects: Iterable[Facts], now: tuple[Rule, ...], then: tuple[Rule, ...]) -> Comparison:
    """Assess every subject by both sets of rules and tell what differs."""
    before: Counter[Verdict] = Counter()
    after: Counter[Verdict] = Counter()
    changes = []
    for facts in subjects:
        first, second = assess(facts, now).verdict, assess(facts, then).verdict
        before[first] += 1
        after[second] += 1
        if first is not second:
            changes.append(Change(facts.kind, facts.subject_id, first, second))
    return Comparison(before, after, tuple(changes))
