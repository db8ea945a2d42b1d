"""Opens who may act, and what they did, for regulators and operators."""

from accounts.models import (
    ApiApplication,
    DailyHead,
    Deed,
    Member,
    Membership,
    Onboarding,
    Person,
    Seal,
    SealedDeed,
)
from counter.watching import open_for_watching

open_for_watching(Member, Membership, Onboarding, Deed, SealedDeed, Seal, DailyHead)
open_for_watching(Person, hidden=("password", "groups", "user_permissions"))
open_for_watching(ApiApplication, hidden=("client_secret",))
