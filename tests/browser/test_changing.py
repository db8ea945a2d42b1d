"""Changing what is open with a browser: nothing needs script, and no page has a fault."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from marketplace.actions import set_switch
from marketplace.models import Listing, Order
from tests.browser.look import PAIRWISE, Variant, context_for, faults_of
from tests.browser.market import member_of
from timetable.queries import market_now, wall_now

WIDE = Variant("en", "light", 1440)
Cookies = Callable[[str], list[dict[str, Any]]]


def open_order() -> Order:
    """An order of the buyer's that still waits."""
    order = Order.objects.filter(buyer=member_of("BUYER"), state="OPEN").first()
    assert order is not None
    return order


def test_an_order_is_changed_without_script(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    order = open_order()
    context = context_for(browser, market, WIDE, cookies_of("BUYER"), java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{market}/orders/{order.pk}/")
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("Compute").fill(str(order.amount - 1))
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator("#meaning")).to_contain_text("kept")
    page.get_by_role("button", name=re.compile("Change, release ¥")).click()

    expect(page).to_have_url(re.compile(rf"/orders/{order.pk}/$"))
    expect(page.locator("#life")).to_contain_text("it kept its place in time")
    context.close()


@pytest.mark.parametrize("pair", [0, 1])
def test_the_pages_of_changes_have_no_fault(
    browser: Browser, market: str, cookies_of: Cookies, pair: int
) -> None:
    order = open_order()
    listing = Listing.objects.filter(seller=member_of("SELLER"), state="OPEN").first()
    assert listing is not None
    # The page of limits tells of an armed switch.
    armed = {"member_id": order.buyer_id, "seconds": 3_600}
    assert set_switch(**armed, now=market_now(), wall=wall_now())
    seen = {
        "BUYER": [
            f"/orders/{order.pk}/change/?amount=3&limit=1.00",
            "/orders/cancel-all/",
            "/limits/",
        ],
        "SELLER": [f"/listings/{listing.pk}/?devices=5&ask=1.00"],
        "OPERATOR": ["/limits/everybody/", f"/limits/{order.buyer_id}/"],
    }
    faults = {}
    for variant in PAIRWISE[pair]:
        for role, addresses in seen.items():
            context = context_for(browser, market, variant, cookies_of(role))
            for address in addresses:
                found = faults_of(context.new_page(), market + address, whole=True)
                faults[f"{variant} {address}"] = found
            context.close()

    assert {place: found for place, found in faults.items() if found} == {}
