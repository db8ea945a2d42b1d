"""The records desk: who may look, what may be seen, and that nothing can be changed."""

import pytest
from django.conf import settings
from django.contrib import admin
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import ApiApplication, Person
from counter.watching import READER
from oversight.models import PublicStatistic
from tests.unit.oversight.national import member, person, site

pytestmark = pytest.mark.django_db


def signed_in(email: str, *capabilities: str, state: str = "ADMITTED") -> Client:
    someone = person(email, member(email.split("@")[0], *capabilities, state=state))
    client = Client()
    client.force_login(someone)
    return client


def test_a_stranger_is_sent_to_sign_in() -> None:
    answer = Client().get("/admin/", follow=True)

    assert answer.redirect_chain[-1][0].startswith(reverse("account_login"))


@pytest.mark.parametrize("capability", ["BUYER", "SELLER", "BROKER", "CARRIER"])
def test_a_trader_is_told_that_there_is_nothing(capability: str) -> None:
    client = signed_in("ben@ben.example", capability)

    assert client.get("/admin/", follow=True).status_code == 404
    assert client.get("/admin/accounts/member/", follow=True).status_code == 404


def test_a_suspended_regulator_sees_nothing() -> None:
    client = signed_in("cleo@state.example", "REGULATOR", state="SUSPENDED")

    assert client.get("/admin/", follow=True).status_code == 404


def test_staff_and_superuser_marks_open_nothing() -> None:
    client = Client()
    client.force_login(Person.objects.create_superuser("root@example.org"))

    assert client.get("/admin/", follow=True).status_code == 404


@override_settings(SANDBOX_MARKET=False)
def test_a_regulator_without_a_second_factor_is_sent_to_set_one_up() -> None:
    client = signed_in("cleo@state.example", "REGULATOR")

    answer = client.get("/admin/", follow=True)

    assert reverse("accounts:second_factor") in [address for address, _ in answer.redirect_chain]


@pytest.mark.parametrize("capability", ["REGULATOR", "OPERATOR"])
def test_every_list_and_row_opens_for_those_who_watch(capability: str) -> None:
    site("qingyang-1")
    client = signed_in("cleo@state.example", capability)

    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist"), {"q": "7"}).status_code == 200, name
        first = model._default_manager.first()
        if first is not None:
            answer = client.get(reverse(f"{name}_change", args=[first.pk]))
            assert answer.status_code == 200, name
            assert b'name="_save"' not in answer.content


def test_every_room_with_rows_is_open() -> None:
    rooms = {model._meta.app_label for model in admin.site._registry}

    assert rooms >= set(settings.ROOMS) - {"counter", "desk"}


def test_nothing_can_be_added_changed_or_deleted() -> None:
    place = site("qingyang-1")
    client = signed_in("cleo@state.example", "REGULATOR")

    for action, args in (("add", []), ("change", [place.pk]), ("delete", [place.pk])):
        address = reverse(f"admin:marketplace_site_{action}", args=args)
        assert client.post(address, {"name": "Mine"}).status_code == 403, action
    changelist = reverse("admin:marketplace_site_changelist")
    client.post(changelist, {"action": "delete_selected", "_selected_action": [place.pk]})
    place.refresh_from_db()
    assert place.name == "Qingyang-1"


def test_rows_are_read_through_the_reading_role(rf: object) -> None:
    for watch in admin.site._registry.values():
        assert watch.get_queryset(None).db == READER  # type: ignore[arg-type]


def test_secrets_are_not_shown() -> None:
    client = signed_in("cleo@state.example", "REGULATOR")
    someone = Person.objects.get()
    someone.set_password("correct horse")
    someone.save()
    client.force_login(someone)
    key = ApiApplication.objects.create(
        name="key",
        client_secret="hush-hush",
        client_type="confidential",
        authorization_grant_type="client-credentials",
    )

    shown = client.get(reverse("admin:accounts_person_change", args=[someone.pk])).content
    credential = client.get(reverse("admin:accounts_apiapplication_change", args=[key.pk])).content

    assert someone.password.encode() not in shown
    assert b"hush-hush" not in credential
    assert key.client_secret.encode() not in credential


def test_lists_are_paged() -> None:
    PublicStatistic.objects.bulk_create(
        PublicStatistic(
            code=f"figure-{number}",
            label="x",
            label_zh="x",
            value=1,
            unit="x",
            period="2026",
            source="x",
            published_date="2026-01-01",
        )
        for number in range(60)
    )
    client = signed_in("cleo@state.example", "REGULATOR")

    page = client.get(reverse("admin:oversight_publicstatistic_changelist"))

    assert len(page.context["cl"].result_list) == 50
    assert "content-security-policy" in page.headers
    assert b"<style" not in page.content
    assert b" style=" not in page.content
