"""What the room answers."""

from accounts.queries.audit import (
    ChainProof,
    chain_head,
    daily_heads,
    deeds_about,
    verify_chain,
)
from accounts.queries.joining import joining_of
from accounts.queries.members import (
    application_of,
    beneficial_owner_of,
    credentials_of,
    deeds_of,
    member_named,
    member_with_id,
    members_awaiting_admission,
    members_by_state,
    members_found,
    members_with,
    standard_terms_accepted,
)
from accounts.queries.people import (
    memberships_of,
    people_named,
    people_of,
    person_decides_admission,
    person_may,
)

__all__ = [
    "ChainProof",
    "application_of",
    "beneficial_owner_of",
    "chain_head",
    "credentials_of",
    "daily_heads",
    "deeds_about",
    "deeds_of",
    "joining_of",
    "member_named",
    "member_with_id",
    "members_awaiting_admission",
    "members_by_state",
    "members_found",
    "members_with",
    "memberships_of",
    "people_named",
    "people_of",
    "person_decides_admission",
    "person_may",
    "standard_terms_accepted",
    "verify_chain",
]
