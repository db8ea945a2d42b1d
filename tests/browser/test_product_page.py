"""A product's page: no fault in any look, what it shows to whom, and how it follows the stream."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from exchange.window import hour_start
from marketplace.models import Trade
from tests.browser.look import EVERY_VARIANT, PAIRWISE, Variant, context_for, faults_of

WIDE = Variant("en", "light", 1440)
Cookies = Callable[[str], list[dict[str, Any]]]


@pytest.fixture
def chip() -> str:
    """A chip model that has traded in the market that is looked at."""
    return Trade.objects.select_related("pool__chip").earliest("id").pool.chip.code


@pytest.mark.parametrize("variant", EVERY_VARIANT, ids=str)
def test_a_product_has_no_fault_in_any_look(
    browser: Browser, market: str, cookies_of: Cookies, chip: str, variant: Variant
) -> None:
    context = context_for(browser, market, variant, cookies_of("BUYER"))

    whole = variant in PAIRWISE[0]
    faults = faults_of(context.new_page(), f"{market}/market/{chip}/", whole=whole)
    context.close()

    assert faults == []


@pytest.mark.parametrize(("role", "pair"), list(zip(("", "SELLER"), PAIRWISE, strict=False)))
def test_all_accelerators_and_an_unsold_chip_have_no_fault(
    browser: Browser, market: str, cookies_of: Cookies, role: str, pair: tuple[Variant, Variant]
) -> None:
    for variant in pair:
        context = context_for(browser, market, variant, cookies_of(role))
        for address in ("fp16/?m=free&step=day", "kunlun-p800/"):
            whole = address.startswith("fp16")
            faults = faults_of(context.new_page(), f"{market}/market/{address}", whole=whole)
            assert faults == []
        context.close()


def test_an_hour_of_the_map_opens_its_book_without_script(
    browser: Browser, market: str, chip: str
) -> None:
    context = context_for(browser, market, WIDE, [], java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{market}/market/{chip}/")
    hour = page.locator("#hours td a").nth(3)
    price = hour.inner_text()

    hour.click()

    expect(page).to_have_url(re.compile(r"hour=\d{4}-\d\d-\d\dT\d\d#book"))
    expect(page.locator("#hours td[data-on] a")).to_have_text(price)
    expect(page.locator("#book .sell.strong").first).to_be_visible()
    expect(page.locator("#own")).to_have_count(0)  # a stranger has no orders
    context.close()


def test_a_buyer_sees_its_waiting_orders_with_the_way_to_the_reason(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"))
    page = context.new_page()
    page.goto(f"{market}/market/fp16/")

    page.locator("#own").get_by_role(
        "link", name=re.compile(r"Why O\d+ is not filled")
    ).first.click()

    expect(page).to_have_url(re.compile(r"/orders/\d+/#why$"))
    context.close()


def test_a_seller_sees_its_own_listings_and_nobody_elses_orders(
    browser: Browser, market: str, cookies_of: Cookies
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("SELLER"))
    page = context.new_page()
    page.goto(f"{market}/market/fp16/")

    expect(page.locator("#own-listings tbody tr").first).to_be_visible()
    expect(page.locator("#own")).to_have_count(0)
    context.close()


def streamed(page: Page, messages: Callable[[dict[str, Any]], str]) -> list[str]:
    """Let the events door be one that sends messages made from what the page knows."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        live = json.loads(page.locator("#book-live").inner_text()) if len(asked) == 1 else None
        body = messages(live) if live else ": nothing more\n\n"
        route.fulfill(content_type="text/event-stream", body=f"retry: 600000\n\n{body}")

    page.route("**/events/**", answer)
    return asked


def increment(live: dict[str, Any], *, quantity: int, price: int) -> str:
    hour = hour_start(live["hour"]).isoformat()
    trade = {
        "chip": "x",
        "zone": next(iter(live["places"])),
        "devices": 1_234,
        "price_micros": price,
        "price_micros_per_pflops_hour": price,
        "traded_at": "2026-11-23T04:05:00Z",
    }
    changes = [
        {"side": "SELL", "price_micros": price, "starts_at": hour, "hours": 2, "quantity": quantity}
    ]
    number = live["number"] + 1
    facts = {"number": number, "changes": changes, "trade": trade}
    return f"id: {number}\nevent: increment\ndata: {json.dumps(facts)}\n\n"


@pytest.mark.parametrize("address", ["market/", "market/fp16/"])
def test_book_and_tape_follow_the_stream(
    browser: Browser, market: str, settings: Any, address: str
) -> None:
    settings.EVENTS_URL = market
    context = context_for(browser, market, WIDE, [])
    page = context.new_page()
    asked = streamed(page, lambda live: increment(live, quantity=7_000_000, price=10_000))

    page.goto(f"{market}/{address}")

    expect(page.locator("#tape tbody tr").first).to_contain_text("1,234")
    expect(page.locator("#tape tbody tr").first).to_contain_text("12:05")
    expect(page.locator("#book .ladder .s tbody tr").first).to_contain_text("7.0")
    assert "product=fp16&after=" in asked[0]
    assert page.evaluate("window.seen.refused") == []
    context.close()


def test_a_page_that_is_too_far_behind_reads_its_book_again(
    browser: Browser, market: str, settings: Any
) -> None:
    settings.EVENTS_URL = market
    context = context_for(browser, market, WIDE, [])
    page = context.new_page()
    asked = streamed(page, lambda _live: 'id: 5\nevent: reset\ndata: {"number": 5}\n\n')

    page.goto(f"{market}/market/fp16/")

    expect(page.locator("#book .ladder .s tbody tr").first).to_be_visible()
    page.wait_for_function("performance.getEntriesByType('resource').length > 0")
    for _ in range(50):
        if len(asked) > 1:
            break
        page.wait_for_timeout(100)
    assert len(asked) > 1
    context.close()
