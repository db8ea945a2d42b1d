"""The pages of money: what each of the cast sees, in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from billing.models import Deposit, Invoice, Withdrawal
from ledger.queries import funds_of
from sandbox.stripe_emulator import StripeEmulator
from tests.cast import Player
from tests.unit.billing.house import House

PAGES = (
    "/wallet/",
    "/wallet/statement/",
    "/wallet/deposit/?amount=12.5",
    "/wallet/withdraw/?amount=1",
    "/wallet/rates/",
    "/invoices/",
    "/payouts/",
)


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeEmulator]:
    emulator = StripeEmulator(secret_key=settings.STRIPE_SECRET_KEY).start()
    settings.STRIPE_API_BASE = emulator.address
    yield emulator
    emulator.stop()


@pytest.mark.parametrize("name", ["ada", "ben", "dana"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_opens(house: House, name: str, language: str) -> None:
    client = caller(getattr(house.world.cast, name))
    client.cookies["django_language"] = language

    for address in PAGES:
        assert client.get(address).status_code == 200, address


def test_the_wallet_says_what_is_held_and_for_how_long_it_lasts(house: House) -> None:
    answer = caller(house.world.cast.ben).get("/wallet/")

    assert answer.context["funds"] == funds_of(house.ben)
    assert "999,979.43" in answer.content.decode()


def test_an_invoice_opens_for_its_parties_only(house: House) -> None:
    number = Invoice.objects.get(issuer_id=house.ada).number

    for tail in ("", "paper.pdf", "?format=csv"):
        address = f"/invoices/{number}/{tail}"
        assert caller(house.world.cast.ben).get(address).status_code == 200
        assert caller(house.world.cast.dana).get(address).status_code == 404
        assert Client().get(address).status_code == 302


def test_the_paper_is_a_pdf_and_the_same_twice(house: House) -> None:
    number = Invoice.objects.get(issuer_id=house.ada).number
    client = caller(house.world.cast.ada)

    first = client.get(f"/invoices/{number}/paper.pdf").content

    assert first.startswith(b"%PDF-")
    assert first == client.get(f"/invoices/{number}/paper.pdf").content


def test_a_statement_is_narrowed_to_an_agreement_and_a_run(house: House) -> None:
    client = caller(house.world.cast.ada)
    number = Invoice.objects.get(issuer_id=house.ada).lines.first().agreement.number  # type: ignore[union-attr]
    address = "/wallet/statement/?account=PAYABLE"

    everything = client.get(address).context["lines"]
    settled = client.get(f"{address}&agreement={number}&run=II").context["lines"]

    assert {one.line.kind for one in settled} == {"SETTLEMENT"}
    assert len(everything) > len(settled) == 2
    assert client.get(f"{address}&agreement={number}&run=RF").context["lines"] == []


def test_a_statement_opens_in_a_spreadsheet(house: House) -> None:
    content = caller(house.world.cast.ben).get("/wallet/statement/?format=csv").content

    assert content.startswith(b"\xef\xbb\xbf")
    assert "MARKET" in content.decode("utf-8-sig")


def test_a_deposit_has_its_amount_on_the_button_and_arrives_once(
    house: House, stripe: StripeEmulator
) -> None:
    client, before = caller(house.world.cast.ben), funds_of(house.ben).available_micros
    page = client.get("/wallet/deposit/?amount=1234.50")
    assert "1,234.50" in page.content.decode()
    form = {"amount": "1234.50", "key": "k1", "card": "pm_card_visa"}

    for _ in range(2):
        assert client.post("/wallet/deposit/", form).status_code == 302

    assert funds_of(house.ben).available_micros == before + 1_234_500_000
    assert Deposit.objects.get().state == "RECEIVED"


def test_a_declined_card_is_said_with_its_reason(house: House, stripe: StripeEmulator) -> None:
    client = caller(house.world.cast.ben)
    form = {"amount": "10", "key": "k1", "card": "pm_card_visa_chargeDeclined"}

    answer = client.post("/wallet/deposit/", form, follow=True)

    assert "Your card was declined." in answer.content.decode()
    place = f"/wallet/deposits/{Deposit.objects.get().pk}/"
    assert caller(house.world.cast.dana).get(place).status_code == 404


def test_too_much_is_refused_beside_the_amount(house: House, stripe: StripeEmulator) -> None:
    client = caller(house.world.cast.ben)

    answer = client.post("/wallet/withdraw/", {"amount": "5", "key": "k"})

    assert answer.status_code == 422
    assert "bank transfer" in answer.content.decode()
    assert Withdrawal.objects.count() == 0


def test_outside_a_sandbox_no_test_card_is_offered(house: House, settings: Any) -> None:
    settings.SANDBOX_MARKET = False
    client = caller(house.world.cast.ben)

    assert "pm_card" not in client.get("/wallet/deposit/?amount=5").content.decode()
    form = {"amount": "10", "key": "k1", "card": "pm_card_visa"}
    assert client.post("/wallet/deposit/", form).status_code in {200, 422}
    assert Deposit.objects.count() == 0
