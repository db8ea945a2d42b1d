"""The pages of one trade: its agreement, its trail, the terms, the desk and the search."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import DjangoDbBlocker

from accounts.models import Membership
from contracts.actions import conclude_agreement, publish_standard_terms
from contracts.models import Agreement
from exchange.window import HOUR, ceil_hour
from marketplace.actions import place_order, publish_listing
from marketplace.domain.order_request import OrderRequest
from marketplace.models import Pool, Trade
from tests.browser.look import PAIRWISE, context_for, faults_of
from tests.browser.market import EMAILS
from timetable.queries import market_now

FULL = os.environ.get("GRIDHOUR_TEST_FULL") == "1"


def _member_of(role: str) -> int:
    memberships = Membership.objects.filter(person__email=EMAILS[role], revoked_at=None)
    return memberships.values_list("member_id", flat=True)[0]


@pytest.fixture(scope="module")
def agreement(served: tuple[str, Any], django_db_blocker: DjangoDbBlocker) -> Iterator[Agreement]:
    """The role's buyer bought one device from the role's seller; terms may wait for signatures."""
    with django_db_blocker.unblock():
        now = market_now()
        seller, buyer = _member_of("SELLER"), _member_of("BUYER")
        pool = Pool.objects.filter(site__owner_id=seller, active=True).exclude(chip__family="cpu")
        one = pool.first()
        if one is None:
            pytest.skip("the seed has no pool of the role's seller")
        start = ceil_hour(now + timedelta(hours=3))
        ask = 2_000_000
        listing = publish_listing(
            seller_id=seller,
            client_order_id="browser-listing",
            pool_id=one.pk,
            devices=1,
            starts_at=start,
            ends_at=start + 2 * HOUR,
            ask_micros=ask,
            now=now,
        )
        request = OrderRequest(
            unit="DEVICES",
            amount=1,
            hours=2,
            earliest=start,
            latest=start + 2 * HOUR,
            limit_micros=ask,
            chips_allowed=(one.chip.code,),
        )
        place_order(buyer_id=buyer, client_order_id="browser-order", request=request, now=now)
        trade = Trade.objects.filter(listing=listing).first() or Trade.objects.earliest("id")
        publish_standard_terms(now=now)
        yield conclude_agreement(trade_id=trade.pk, now=now)


@pytest.mark.parametrize("pair", range(len(PAIRWISE)))
def test_pages_of_a_trade_have_no_fault(
    browser: Browser,
    market: str,
    cookies_of: Callable[[str], list[dict[str, Any]]],
    agreement: Agreement,
    pair: int,
) -> None:
    addresses = [
        f"/agreements/{agreement.number}/",
        f"/agreements/{agreement.number}/?text=both&delivered=80",
        f"/trail/{agreement.trade_id}/",
        "/standard-terms/?text=both",
        f"/search/?q={agreement.number}",
    ]
    for place, variant in enumerate(PAIRWISE[pair]):
        # Every rule in one of the two, English and Chinese in turn; in the other those of looks.
        whole = FULL or place == pair % 2
        context = context_for(browser, market, variant, cookies_of("BUYER"))
        faults = {
            address: faults_of(context.new_page(), market + address, whole=whole)
            for address in addresses
        }
        context.close()
        assert {address: found for address, found in faults.items() if found} == {}


def test_the_slider_asks_the_server_while_it_moves(
    browser: Browser,
    market: str,
    cookies_of: Callable[[str], list[dict[str, Any]]],
    agreement: Agreement,
) -> None:
    context = context_for(browser, market, PAIRWISE[0][0], cookies_of("BUYER"))
    page: Page = context.new_page()
    page.goto(f"{market}/agreements/{agreement.number}/")

    page.locator("input[name=delivered]").fill("40")

    page.wait_for_selector("text=For the meter, at 40 %")
    assert page.locator("#what-if-answer svg.chart").count() == 2
    context.close()


def test_control_k_opens_the_search(
    browser: Browser, market: str, cookies_of: Callable[[str], list[dict[str, Any]]]
) -> None:
    context = context_for(browser, market, PAIRWISE[0][0], cookies_of("BUYER"))
    page: Page = context.new_page()
    page.goto(f"{market}/trail/")

    page.keyboard.press("Control+k")

    page.wait_for_url("**/search/")
    assert page.locator("input[name=q]").is_visible()
    context.close()
