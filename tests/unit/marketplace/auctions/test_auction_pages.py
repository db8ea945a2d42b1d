"""The pages of the example auction: for anyone, without a database row."""

import re

import pytest
from django.test import Client

from marketplace.domain.auctions.fates import fates_of
from marketplace.pages.auctions.opening import example

pytestmark = pytest.mark.django_db
HOME = "/auctions/example/"


@pytest.fixture
def stranger() -> Client:
    """Somebody who has not signed in."""
    return Client()


def _text(stranger: Client, address: str) -> str:
    answer = stranger.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_auction_says_how_many_execute_and_that_nothing_is_wrong(stranger: Client) -> None:
    page = _text(stranger, HOME)

    assert "18 of 24 orders execute" in page
    assert "nothing is wrong" in page
    assert 'href="/auctions/"' in page


def test_a_cell_of_the_map_leads_to_its_curves(stranger: Client) -> None:
    page = _text(stranger, HOME)
    node, hour = re.findall(r"node=(\d+)&amp;hour=(\d+)#curves", page)[30]

    cell = _text(stranger, f"{HOME}?node={node}&hour={hour}")

    assert f"Demand and supply of {example().book.nodes[int(node)].code}" in cell


@pytest.mark.parametrize("query", ["?node=x&hour=9999", "?by=moon&page=-3", "?hour=-1&node=700"])
def test_an_odd_question_gets_the_nearest_page(stranger: Client, query: str) -> None:
    _text(stranger, HOME + query)


def test_every_order_has_a_page_with_its_reason(stranger: Client) -> None:
    for fate in fates_of(example().case):
        page = _text(stranger, f"{HOME}orders/{fate.number}/")
        assert ("Where it is placed" if fate.executes else "What would have served it") in page


def test_orders_are_chosen_by_state_and_participant(stranger: Client) -> None:
    (lost,) = (fate for fate in fates_of(example().case) if fate.in_the_money)

    listed = re.findall(r"orders/(\d+)/", _text(stranger, f"{HOME}orders/?state=money"))

    assert listed == [str(lost.number)]
    own = f"{HOME}orders/?state=money&participant={lost.participant}"
    assert f"Participant {lost.participant}" in _text(stranger, own)
    assert "None in this state" in _text(stranger, own.replace("money", "yes").replace(
        str(lost.participant), "999"))  # fmt: skip


def test_an_order_that_is_not_there_is_not_found(stranger: Client) -> None:
    assert stranger.get(f"{HOME}orders/999/").status_code == 404


def test_the_pages_ask_the_database_nothing_about_the_auction(
    stranger: Client, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        stranger.get(HOME)
