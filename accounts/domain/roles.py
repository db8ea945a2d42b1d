"""What each role of a person includes, as a table."""

from collections.abc import Mapping

READ = "READ"
TRADE = "TRADE"
MANAGE_PEOPLE = "MANAGE_PEOPLE"
MANAGE_CREDENTIALS = "MANAGE_CREDENTIALS"

VERBS_OF_ROLE: Mapping[str, frozenset[str]] = {
    "VIEWER": frozenset({READ}),
    "TRADER": frozenset({READ, TRADE}),
    "ADMIN": frozenset({READ, TRADE, MANAGE_PEOPLE, MANAGE_CREDENTIALS}),
    "APPLICATION": frozenset({READ, TRADE}),
}
# Whose people reach other members' affairs: they need a second factor.
WATCHING_CAPABILITIES = frozenset({"OPERATOR", "REGULATOR"})


def role_includes(role: str, verb: str) -> bool:
    """Tell whether the role includes the verb; unknown roles include nothing."""
    return verb in VERBS_OF_ROLE.get(role, frozenset())


def needs_second_factor(capabilities: frozenset[str]) -> bool:
    """Tell whether people of a member with these capabilities need a second factor."""
    return bool(capabilities & WATCHING_CAPABILITIES)
