"""The cast: one member a role, the same in every test. Dana must see nothing of Ben's."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import Client

from accounts.models import Member, Membership, Person
from exchange.posting import Line, Posting
from ledger.actions import open_member_accounts, post, seed_rates

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # 12:00 in Shanghai
YUAN = 1_000_000


@dataclass(frozen=True)
class Role:
    """Who someone is in the stories that tests tell."""

    code: str
    capability: str
    funds_micros: int = 0

    @property
    def email(self) -> str:
        return f"{self.code}@gridhour.example"


ADA = Role("ada", "SELLER")
BEN = Role("ben", "BUYER", 1_000_000 * YUAN)
CLEO = Role("cleo", "REGULATOR")
DANA = Role("dana", "BUYER", 1_000_000 * YUAN)
ELI = Role("eli", "OPERATOR")
FINN = Role("finn", "BROKER")
GWEN = Role("gwen", "CARRIER")
EVERYONE = (ADA, BEN, CLEO, DANA, ELI, FINN, GWEN)


@dataclass
class Player:
    """A member of the cast with its person, both in the database."""

    member: Member
    person: Person

    @property
    def id(self) -> int:
        return self.member.pk


def visitor(player: Player, language: str = "en") -> Client:
    """A browser in which the player has signed in."""
    client = Client()
    client.force_login(player.person)
    client.cookies["django_language"] = language
    return client


class Cast:
    """Everyone, admitted, with open accounts; buyers have a million yuan each."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        seed_rates(now=now)
        self.ada, self.ben, self.cleo, self.dana, self.eli, self.finn, self.gwen = (
            enter(role, now) for role in EVERYONE
        )


def enter(role: Role, now: datetime = NOON) -> Player:
    """Bring one member with an administrator onto the stage, with its funds."""
    member = Member.objects.create(
        code=role.code,
        name=role.code.title(),
        capabilities=[role.capability],
        beneficial_owner=role.code,
        state="ADMITTED",
        applied_at=now,
        decided_at=now,
    )
    # As in a sandbox market: demo people watch without a second factor.
    person = Person.objects.create_user(role.email, "a-long-enough-password", is_demo=True)
    Membership.objects.create(person=person, member=member, role="ADMIN", since_at=now)
    open_member_accounts(member_id=member.pk, now=now)
    if role.funds_micros:
        fund(member.pk, role.funds_micros, now=now)
    return Player(member, person)


def fund(member_id: int, amount_micros: int, *, now: datetime = NOON, key: str = "first") -> None:
    """Deposit money by bank transfer."""
    lines = (Line("bank:transfer", -amount_micros), Line(f"trading:{member_id}", amount_micros))
    post(posting=Posting(f"deposit:{member_id}:{key}", lines), kind="DEPOSIT", now=now)
