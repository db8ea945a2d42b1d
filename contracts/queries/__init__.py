"""What the room answers."""

from contracts.queries.agreements import (
    agreement_for,
    agreements_of,
    any_agreement,
    beside,
    drafts_past_their_start,
    link_terms_of,
    read_terms,
    signatures_of,
    terms_of,
    trades_awaiting_agreement,
    version_of,
    versions_of,
)
from contracts.queries.facts import facts_of_link, facts_of_trade
from contracts.queries.standard import (
    acceptance_of,
    clauses_at,
    parameters_of,
    standard_terms_at,
    standard_version,
)

__all__ = [
    "acceptance_of",
    "agreement_for",
    "agreements_of",
    "any_agreement",
    "beside",
    "clauses_at",
    "drafts_past_their_start",
    "facts_of_link",
    "facts_of_trade",
    "link_terms_of",
    "parameters_of",
    "read_terms",
    "signatures_of",
    "standard_terms_at",
    "standard_version",
    "terms_of",
    "trades_awaiting_agreement",
    "version_of",
    "versions_of",
]
