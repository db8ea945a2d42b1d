"""The auction's pages: no fault in any look, and the way from the map to an order's reason."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from marketplace.models import Auction
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

    page.get_by_role("link", name="An example, worked through").click()
    page.locator("#map td a").nth(30).click()
    expect(page.locator("#curves svg.wide")).to_be_visible()
    page.get_by_role("link", name="Orders and reasons").click()
    page.get_by_role("link", name="In money").click()
    page.get_by_role("link", name="Order 21").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Block, 160 devices for 9 h")
    expect(page.get_by_text("A divisible order instead of all or nothing")).to_be_visible()
    context.close()


@pytest.fixture
def held(served: object) -> list[Auction]:
    """A published auction and one that is open."""
    return [
        Auction.objects.filter(state__in=["PUBLISHED", "AGREED"]).latest("starts_at"),
        Auction.objects.filter(kind="DAY_AHEAD", state="OPEN").earliest("starts_at"),
    ]


TAKING_PART = [
    ("", "/auctions/"),
    ("BUYER", "/auctions/{told}/"),
    ("SELLER", "/auctions/{told}/"),
    ("", "/auctions/{told}/orders/"),
    ("BUYER", "/auctions/{open}/"),
    ("SELLER", "/auctions/{open}/"),
    ("BUYER", "/auctions/{open}/order/"),
    ("BUYER", "/auctions/{open}/order/?limit=8&kind=DIVISIBLE&curve=8+2&fill=10"),
    ("SELLER", "/auctions/{open}/offer/"),
    ("BUYER", "/auction-orders/{order}/"),
    ("SELLER", "/auction-offers/{offer}/"),
]


@pytest.mark.parametrize(
    ("role", "page", "variant"),
    [
        (role, page, variant)
        for number, (role, page) in enumerate(TAKING_PART)
        for variant in PAIRWISE[number % len(PAIRWISE)]
    ],
    ids=str,
)
def test_a_page_for_those_who_take_part_has_no_fault(
    browser: Browser,
    market: str,
    cookies_of: Cookies,
    held: list[Auction],
    role: str,
    page: str,
    variant: Variant,
) -> None:
    told, still_open = held
    address = page.format(
        told=told.code,
        open=still_open.code,
        order=still_open.orders.latest("pk").pk,
        offer=still_open.offers.latest("pk").pk,
    )
    context = context_for(browser, market, variant, cookies_of(role))

    faults = faults_of(context.new_page(), market + address)
    context.close()

    assert faults == []


def test_a_buyer_orders_with_the_keyboard_alone(
    browser: Browser, market: str, cookies_of: Cookies, held: list[Auction]
) -> None:
    context = context_for(browser, market, Variant("en", "light", 1440), cookies_of("BUYER"))
    page = context.new_page()
    page.goto(f"{market}/auctions/{held[1].code}/order/")

    page.get_by_label("Compute").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.get_by_label("Pay at most (limit)").focus()
    page.keyboard.type("6.00")
    button = page.get_by_role("button", name="Place order, hold ¥ 101.76")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")

    expect(page.locator("#own")).to_contain_text("2 P for 8 h")
    context.close()


def test_once_the_phase_has_passed_the_page_fetches_all_of_the_auction(
    browser: Browser, market: str, cookies_of: Cookies, held: list[Auction]
) -> None:
    context = context_for(browser, market, Variant("en", "light", 1440), cookies_of("BUYER"))
    page = context.new_page()
    address = f"{market}/auctions/{held[1].code}/"
    # The page asks as one that was loaded in the phase before.
    page.route(
        "**/*was=OPEN*",
        lambda route: route.continue_(url=route.request.url.replace("OPEN", "UPCOMING")),
        times=1,
    )
    page.goto(address)

    with page.expect_response(lambda answer: answer.url == address, timeout=15_000):
        pass

    expect(page.locator("#own")).to_have_count(1)
    expect(page.locator("#phase .steps")).to_have_count(1)
    assert page.evaluate("document.querySelectorAll('#auction').length") == 1
    context.close()
