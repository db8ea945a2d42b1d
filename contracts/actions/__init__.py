"""What the room does."""

from contracts.actions.agreements import complete_agreement, lapse_agreement, sign_agreement
from contracts.actions.conclude import conclude_agreement
from contracts.actions.standard import accept_standard_terms, publish_standard_terms

__all__ = [
    "accept_standard_terms",
    "complete_agreement",
    "conclude_agreement",
    "lapse_agreement",
    "publish_standard_terms",
    "sign_agreement",
]
