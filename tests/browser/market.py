"""The market that browser tests look at: the seed, and somebody of every role."""

from django.core.management import call_command, get_commands

from accounts.models import Member, Membership, Person
from timetable.queries import market_now

ROLES = ("BUYER", "SELLER", "BROKER", "CARRIER", "REGULATOR", "OPERATOR")
EMAILS = {role: f"{role.lower()}@gridhour.example" for role in ROLES}


def furnish() -> None:
    """Seed the market, and add whoever the seed does not bring."""
    if "seed" in get_commands():
        call_command("seed", verbosity=0)
    for role, email in EMAILS.items():
        if not Person.objects.filter(email=email).exists():
            _add(role, email)


def _add(role: str, email: str) -> None:
    member = Member.objects.create(
        code=f"browser-{role.lower()}",
        name=f"{role.title()} of the tests",
        capabilities=[role],
        beneficial_owner=role,
        state="ADMITTED",
        applied_at=market_now(),
        decided_at=market_now(),
    )
    person = Person.objects.create_user(email, "browser-tests", is_demo=True)
    Membership.objects.create(person=person, member=member, role="ADMIN", since_at=market_now())
