"""Money through the API: one's own, and nobody else's."""

import pytest
from django.test import Client

from billing.models import Invoice
from tests.cast import Player
from tests.unit.billing.house import House


def caller(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    return client


def test_the_buyer_sees_its_funds(house: House) -> None:
    answer = caller(house.world.cast.ben).get("/api/v1/funds/").json()

    assert answer["agreement_holds_micros"] == 0
    assert answer["available_micros"] == 1_000_000_000_000 - 23_532_000 + 2_960_000


def test_a_statement_goes_back_page_by_page(house: House) -> None:
    client, ids, before = caller(house.world.cast.ben), [], ""
    while True:
        page = client.get(f"/api/v1/statement/?limit=3&account=TRADING{before}").json()
        ids += [line["id"] for line in page["results"]]
        if page["before"] is None:
            break
        before = f"&before={page['before']}"

    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids)) >= 3


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "account=FEES", "before=x", "colour=1"])
def test_what_makes_no_sense_is_refused_by_name(query: str, house: House) -> None:
    answer = caller(house.world.cast.ben).get(f"/api/v1/statement/?{query}")

    assert answer.status_code in {400, 422}
    assert query.partition("=")[0] in answer.content.decode()


def test_both_parties_read_an_invoice_and_dana_does_not(house: House) -> None:
    number = Invoice.objects.get(issuer_id=house.ada).number
    address = f"/api/v1/invoices/{number}/"

    for player in (house.world.cast.ada, house.world.cast.ben):
        answer = caller(player).get(address).json()
        assert answer["total_fen"] == 2_353
        assert {line["kind"] for line in answer["lines"]} == {"COMPUTE", "DAMAGES"}
    assert caller(house.world.cast.dana).get(address).status_code == 404
    assert caller(house.world.cast.dana).get("/api/v1/invoices/").json()["results"] == []


def test_strangers_see_nothing(house: House) -> None:
    for address in ("funds/", "statement/", "invoices/"):
        assert Client().get(f"/api/v1/{address}").status_code in {401, 403}
