"""What other parameters would do: a computation that tells nobody and writes nothing."""

from collections.abc import Mapping
from datetime import date

from oversight.domain.assessing import Comparison, compare, with_parameters
from oversight.domain.rules import RuleKind
from oversight.queries.subjects import all_facts, rules_in_force


def what_if(
    *,
    parameters: Mapping[RuleKind, Mapping[str, object]],
    as_of: date,
    using: str = "default",
) -> Comparison:
    """Compare the rules in force on the day with themselves under other parameters."""
    rules = rules_in_force(as_of=as_of, using=using)
    return compare(all_facts(as_of=as_of, using=using), rules, with_parameters(rules, parameters))
