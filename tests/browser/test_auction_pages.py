"""The auction's pages: no fault in any look, and the way from the map to an order's reason."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.look import PAIRWISE, Variant, context_for, faults_of

Cookies = Callable[[str], list[dict[str, Any]]]
HOME = "/auctions/example/"
PAGES = ["", "?by=zone&node=2&hour=9", "orders/", "orders/1/", "orders/16/", "orders/21/"]


@pytest.mark.parametrize(
    ("page", "variant"),
    [
        (page, variant)
        for number, page in enumerate(PAGES)
        for variant in PAIRWISE[number % len(PAIRWISE)]
    ],
    ids=str,
)
def test_a_page_of_the_auction_has_no_fault(
    browser: Browser, market: str, page: str, variant: Variant
) -> None:
    context = context_for(browser, market, variant, [])

    faults = faults_of(context.new_page(), market + HOME + page)
    context.close()

    assert faults == []


def test_a_reader_goes_from_a_cell_to_its_curves_and_to_a_refused_order_without_script(
    browser: Browser, market: str
) -> None:
    context = context_for(
        browser, market, Variant("en", "light", 1440), [], java_script_enabled=False
    )
    page = context.new_page()
    page.goto(market)
    page.get_by_role("link", name="Auction", exact=True).first.click()

    page.locator("#map td a").nth(30).click()
    expect(page.locator("#curves svg.wide")).to_be_visible()
    page.get_by_role("link", name="Orders and reasons").click()
    page.get_by_role("link", name="In money").click()
    page.get_by_role("link", name="Order 21").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Block, 160 devices for 9 h")
    expect(page.get_by_text("A divisible order instead of all or nothing")).to_be_visible()
    context.close()
