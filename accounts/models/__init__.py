"""Rows of who may act and what they did."""

from accounts.models.application import ApiApplication
from accounts.models.deed import DailyHead, Deed, Seal, SealedDeed
from accounts.models.member import Capability, Member, MemberState
from accounts.models.membership import Membership, Role
from accounts.models.onboarding import Onboarding, Settling
from accounts.models.person import Person

__all__ = [
    "ApiApplication",
    "Capability",
    "DailyHead",
    "Deed",
    "Member",
    "MemberState",
    "Membership",
    "Onboarding",
    "Person",
    "Role",
    "Seal",
    "SealedDeed",
    "Settling",
]
