"""Four eyes: who may propose, who may approve, and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from oversight.domain.refusals import (
    NotARegulator,
    OwnProposal,
    ProposalOver,
    ProposerLeft,
    ReasonMissing,
)

# Wall time: people are waited for by their own clock.
CONFIRMED_WITHIN = timedelta(minutes=30)
APPROVED_WITHIN = timedelta(hours=24)
REASON_LENGTH = range(10, 401)
OPEN_STATES = frozenset({"PROPOSED", "IN_EFFECT"})


@dataclass(frozen=True)
class Proposal:
    """What an approval looks at."""

    state: str
    proposed_by_id: int
    expires_at: datetime


def check_reason(reason: str) -> str:
    """Return the reason without blanks around it; refuse one that says nothing."""
    text = reason.strip()
    if len(text) not in REASON_LENGTH:
        raise ReasonMissing
    return text


def check_approval(
    proposal: Proposal, *, person_id: int, regulators: frozenset[int], wall: datetime
) -> None:
    """Refuse what is not a second pair of eyes, in time, of people who both decide today."""
    if person_id not in regulators:
        raise NotARegulator
    if person_id == proposal.proposed_by_id:
        raise OwnProposal
    if proposal.proposed_by_id not in regulators:
        raise ProposerLeft
    if proposal.state not in OPEN_STATES:
        raise ProposalOver(state=proposal.state)
    if wall >= proposal.expires_at:
        raise ProposalOver(state="EXPIRED")
