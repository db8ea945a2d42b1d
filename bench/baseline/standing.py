"""May this member trade now? Standing, halts and gates, refused by name."""

from datetime import datetime

from accounts.models import Member, MemberState
from exchange.refusal import NotFound
from marketplace.domain.refusals import Halted, MissingCapability, NotTrading
from marketplace.models import Halt
from timetable.models import GateRule

CONTINUOUS_GATE_MINUTES = 60


def gate_minutes(now: datetime) -> int:
    """Return how long before an hour its continuous trading closes, by the rule in force."""
    rule = (
        GateRule.objects.filter(kind="CONTINUOUS_CLOSES_MINUTES_BEFORE", valid_from__lte=now)
        .order_by("-valid_from")
        .first()
    )
    return CONTINUOUS_GATE_MINUTES if rule is None else rule.minutes


def trading_member(member_id: int, capability: str) -> Member:
    """Return the member if it may trade on that side; refuse otherwise, by name."""
    member = Member.objects.filter(pk=member_id).first()
    if member is None:
        raise NotFound
    if member.state != MemberState.ADMITTED:
        raise NotTrading(state=member.state)
    if capability not in member.capabilities:
        raise MissingCapability(capability=capability)
    return member


def owner_of(member: Member) -> str:
    """Return who stands behind the member, for the self-trade check."""
    return member.beneficial_owner or f"member:{member.pk}"


def check_halts(*, member_id: int, chip_id: int | None = None) -> None:
    """Refuse while the market, the member or the chip is halted."""
    for halt in Halt.objects.filter(resumed_at=None):
        if halt.scope == "MARKET" or (halt.scope, halt.subject_id) in {
            ("MEMBER", member_id),
            ("CHIP", chip_id),
        }:
            raise Halted(scope=halt.scope, reason=halt.reason)
