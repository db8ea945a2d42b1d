"""Every page of the house has no fault of access, policy, width or calm."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from counter.context import address_of
from counter.navigation import PLACES
from tests.browser.look import EVERY_VARIANT, PAIRWISE, Variant, context_for, faults_of

FULL = os.environ.get("GRIDHOUR_TEST_FULL") == "1"
STRANGERS = [
    "/gallery/",
    "/audit/chain/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
]
MEMBERS = [
    "/roles/",
    "/audit/",
    "/onboarding/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/password/change/",
]
PAGES = [
    *((role, place.view) for role, places in PLACES.items() for place in places),
    *(("", address) for address in STRANGERS),
    *(("BUYER", address) for address in MEMBERS),
    ("CARRIER", "/links/new/"),
    ("CARRIER", "/link-deliveries/"),
    ("BUYER", "/link-deliveries/"),
    ("SELLER", "/site-agents/"),
    ("OPERATOR", "/site-agents/"),
]
# The first variant of a page is held against every rule, the others against those of looks.
VARIANTS = [
    (role, page, variant, FULL or not place)
    for number, (role, page) in enumerate(PAGES)
    for place, variant in enumerate(EVERY_VARIANT if FULL else PAIRWISE[number % len(PAIRWISE)])
]


@pytest.mark.parametrize(("role", "page", "variant", "whole"), VARIANTS, ids=str)
def test_a_page_has_no_fault(
    browser: Browser,
    market: str,
    cookies_of: Callable[[str], list[dict[str, Any]]],
    role: str,
    page: str,
    variant: Variant,
    whole: bool,
) -> None:
    address = page if page.startswith("/") else address_of(page)
    if not address:
        pytest.skip(f"{page} has no address yet")
    context = context_for(browser, market, variant, cookies_of(role))
    window = context.new_page()

    faults = {address: faults_of(window, market + address, whole=whole)}
    for further in _first_details(window) if whole else ():
        faults[further] = faults_of(context.new_page(), market + further, whole=whole)
    context.close()

    assert {place: found for place, found in faults.items() if found} == {}


def _first_details(window: Page) -> list[str]:
    """Return the address that the first row of a list leads to: the page of one thing."""
    links = window.locator("main .tbl tbody th a[href^='/']").first
    if links.count() == 0:
        return []
    href = links.get_attribute("href") or ""
    return [href] if "?" not in href and "." not in href.rsplit("/", 1)[-1] else []


def test_an_address_that_leads_nowhere_says_so(browser: Browser, market: str) -> None:
    for pair in PAIRWISE[:2]:
        for variant in pair:
            context = context_for(browser, market, variant, [])
            assert faults_of(context.new_page(), f"{market}/nothing-here/", status=404) == []
            context.close()
