"""What the room answers."""

from accounts.queries.audit import ChainProof, daily_heads, verify_chain
from accounts.queries.members import (
    beneficial_owner_of,
    credentials_of,
    deeds_of,
    member_named,
    member_with_id,
    members_awaiting_admission,
    members_with,
)
from accounts.queries.people import (
    memberships_of,
    people_of,
    person_decides_admission,
    person_may,
)

__all__ = [
    "ChainProof",
    "beneficial_owner_of",
    "credentials_of",
    "daily_heads",
    "deeds_of",
    "member_named",
    "member_with_id",
    "members_awaiting_admission",
    "members_with",
    "memberships_of",
    "people_of",
    "person_decides_admission",
    "person_may",
    "verify_chain",
]
