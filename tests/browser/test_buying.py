"""Buying with a browser: the preview answers as one types, and everything works without script."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.look import PAIRWISE, Variant, context_for

WIDE = Variant("en", "light", 1440)
Cookies = Callable[[str], list[dict[str, Any]]]


def test_an_order_is_previewed_and_placed_without_script(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"), java_script_enabled=False)
    page = context.new_page()

    page.goto(f"{market}/request/")
    page.get_by_label("Compute").fill("2")
    page.get_by_label("For", exact=True).fill("3")
    page.get_by_role("button", name="Show prices").click()
    expect(page).to_have_url(re.compile(r"amount=2&"))
    page.get_by_role("button", name=re.compile("Place order, hold ¥")).click()

    expect(page).to_have_url(re.compile(r"/orders/\d+/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Buy 2 PFLOPS for 3 hours")
    expect(page.get_by_text("Held at the start")).to_be_visible()
    context.close()


def test_the_price_map_answers_as_one_types(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"))
    page = context.new_page()
    page.goto(f"{market}/request/")

    page.get_by_label("For", exact=True).fill("5")
    page.get_by_label("For", exact=True).press("End")

    expect(page.locator("#heat")).to_contain_text("whole 5 h")
    expect(page.locator("#hint-amount")).to_contain_text("= 50 P-hours")
    expect(page).to_have_url(re.compile("hours=5"))
    assert page.evaluate("window.seen.refused") == []
    context.close()


def test_a_start_in_the_price_map_is_a_link(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    context = context_for(browser, market, PAIRWISE[0][1], cookies_of("BUYER"))
    page = context.new_page()
    page.goto(f"{market}/request/?amount=1&hours=2")

    page.locator("#heat td a").last.click()

    expect(page).to_have_url(re.compile("start="))
    expect(page.locator("#heat td[data-on]")).to_have_count(1)
    context.close()


def test_a_reader_chooses_language_theme_and_colours(browser: Browser, market: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    page = context.new_page()
    page.goto(f"{market}/market/")

    for choice in ("中文", "深色"):
        page.locator("details.pop > summary").click()
        page.locator("details.pop").get_by_role("button", name=choice).click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("data-updown", "redup")
    expect(page).to_have_url(re.compile("/market/$"))
    context.close()
