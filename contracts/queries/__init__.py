"""What the room answers."""

from contracts.queries.agreements import (
    agreement_for,
    agreements_of,
    drafts_past_their_start,
    terms_of,
    trades_awaiting_agreement,
    version_of,
)
from contracts.queries.facts import facts_of_trade
from contracts.queries.standard import acceptance_of, parameters_of, standard_terms_at

__all__ = [
    "acceptance_of",
    "agreement_for",
    "agreements_of",
    "drafts_past_their_start",
    "facts_of_trade",
    "parameters_of",
    "standard_terms_at",
    "terms_of",
    "trades_awaiting_agreement",
    "version_of",
]
