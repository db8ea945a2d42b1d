"""Acts on the market through pages: the second look, the second person."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Person
from marketplace.models import Halt
from oversight.models import Intervention
from tests.unit.oversight.national import member, person

pytestmark = pytest.mark.django_db
PASSWORD = "correct-horse-battery"
WHY = "Prices from a broken feed."


def signed_in(email: str, role: str = "ADMIN") -> Client:
    someone = person(email, member("state", "REGULATOR"), role)
    someone.set_password(PASSWORD)
    someone.save()
    client = Client()
    client.force_login(someone)
    return client


def confirm(client: Client, address: str) -> None:
    """Give the password again, and let the waiting form be carried out."""
    again = reverse("account_reauthenticate")
    answer = client.post(f"{again}?next={address}", {"password": PASSWORD})
    assert answer.status_code == 302, answer.text


def halt(client: Client) -> Intervention:
    address = reverse("oversight:emergency")
    first = client.post(address, {"scope": "MARKET", "reason": WHY})
    assert first.status_code == 302
    assert first.headers["location"].startswith(reverse("account_reauthenticate"))
    assert Halt.objects.count() == 0
    confirm(client, address)
    return Intervention.objects.get(kind="EMERGENCY_HALT")


def test_an_emergency_halt_asks_for_the_factor_again_and_then_bites() -> None:
    client = signed_in("cleo@state.example")

    row = halt(client)

    assert row.state == "IN_EFFECT"
    assert Halt.objects.get().resumed_at is None
    shown = client.get(reverse("oversight:intervention", args=[row.pk])).text
    assert "a second person must decide" in shown
    assert "Trading is halted" in client.get(reverse("oversight:national")).text


def test_a_second_person_confirms_and_two_resume() -> None:
    cleo, carl = signed_in("cleo@state.example"), signed_in("carl@state.example")
    row = halt(cleo)
    approve = reverse("oversight:approve", args=[row.pk])

    assert cleo.post(approve).status_code == 403
    carl.post(approve)
    confirm(carl, approve)
    row.refresh_from_db()
    assert row.state == "CONFIRMED"

    carl.post(f"{reverse('oversight:propose')}?halt={row.halt_id}", {"reason": WHY})
    resume = Intervention.objects.get(kind="RESUME")
    assert resume.state == "PROPOSED"
    cleo.post(reverse("oversight:approve", args=[resume.pk]))

    assert Halt.objects.get().resumed_at is not None


def test_a_planned_halt_of_a_member_is_proposed_and_withdrawn() -> None:
    member("ada", "SELLER")
    client = signed_in("cleo@state.example")
    address = reverse("oversight:propose")
    client.post(address, {"scope": "MEMBER", "member": "ada", "reason": WHY})
    confirm(client, address)
    row = Intervention.objects.get()

    assert client.get(reverse("oversight:interventions")).text.count("Ada") >= 1
    client.post(reverse("oversight:withdraw", args=[row.pk]))

    row.refresh_from_db()
    assert (row.scope, row.state) == ("MEMBER", "WITHDRAWN")


def test_a_form_without_its_subject_or_reason_comes_back_with_what_to_change() -> None:
    client = signed_in("cleo@state.example")
    address = reverse("oversight:emergency")
    client.post(address, {"scope": "CHIP", "reason": "short"})
    again = reverse("account_reauthenticate")

    answer = client.post(f"{again}?next={address}", {"password": PASSWORD})

    assert answer.status_code == 422
    assert Halt.objects.count() == 0


def test_who_has_a_second_factor_is_asked_for_it_and_not_for_the_password() -> None:
    client = signed_in("cleo@state.example")
    someone = Person.objects.get()
    Authenticator.objects.create(user=someone, type="totp", data={"secret": "x" * 32})

    answer = client.post(reverse("oversight:emergency"), {"scope": "MARKET", "reason": WHY})

    assert answer.headers["location"].startswith(reverse("mfa_reauthenticate"))


@override_settings(SANDBOX_MARKET=False)
def test_outside_a_sandbox_nobody_halts_without_a_second_factor() -> None:
    client = signed_in("cleo@state.example")

    answer = client.post(reverse("oversight:emergency"), {"scope": "MARKET", "reason": WHY})

    assert answer.headers["location"] == reverse("accounts:second_factor")
    assert Halt.objects.count() == 0


def test_an_operator_looks_and_does_not_act() -> None:
    client = Client()
    client.force_login(person("eli@op.example", member("op", "OPERATOR"), "ADMIN"))

    assert client.get(reverse("oversight:interventions")).status_code == 200
    assert client.get(reverse("oversight:emergency")).status_code == 404


def test_the_resume_of_a_halt_that_is_over_does_not_exist() -> None:
    client = signed_in("cleo@state.example")

    assert client.get(f"{reverse('oversight:propose')}?halt=99").status_code == 404
    assert client.get(reverse("oversight:intervention", args=[99])).status_code == 404
