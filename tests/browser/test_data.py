"""Data on a delivery's page: no fault in any look, sent in pieces by script and whole without."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from config.conductor import LEGS, walk
from delivery.actions import provision, stage_dataset, upload_whole
from delivery.domain.data import PIECE_BYTES
from delivery.models import Allocation
from exchange.window import HOUR, ceil_hour
from marketplace.actions import place_order
from marketplace.domain.order_request import OrderRequest
from tests.browser.look import PAIRWISE, Variant, context_for, faults_of
from tests.browser.market import YUAN, member_of
from timetable.queries import market_now, wall_now

WIDE = Variant("en", "light", 1440)
VARIANTS = [(variant, not place) for pair in PAIRWISE[:2] for place, variant in enumerate(pair)]
Cookies = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def address(served: Any, django_db_blocker: DjangoDbBlocker) -> str:
    """A delivery that was handed over, with data on its way; committed for the server to see."""
    with django_db_blocker.unblock():
        delivery = _ordered()
        assert provision(allocation_id=delivery.pk, now=market_now(), wall=wall_now()).pk
        for name, most_bytes in (("words", 10 * PIECE_BYTES), ("maps", 400_000)):
            dataset = upload_whole(
                member_id=delivery.agreement.buyer_id,
                allocation_id=delivery.pk,
                name=name,
                files=[("train.bin", BytesIO(b"x" * PIECE_BYTES)), ("readme.txt", BytesIO(b"x"))],
                now=market_now(),
            )
            stage_dataset(
                dataset_id=dataset.pk, now=market_now(), wall=wall_now(), most_bytes=most_bytes
            )
    return f"{served[0]}/deliveries/{delivery.pk}/"


def _ordered() -> Allocation:
    start = ceil_hour(market_now()) + 2 * HOUR
    known = set(Allocation.objects.values_list("pk", flat=True))
    place_order(
        buyer_id=member_of("BUYER").pk,
        client_order_id="browser-data",
        request=OrderRequest(
            unit="DEVICES",
            amount=2,
            hours=2,
            earliest=start,
            latest=start + 12 * HOUR,
            limit_micros=30 * YUAN,
            city="shanghai",
        ),
        now=market_now(),
    )
    walk(LEGS["market"])
    mine = Allocation.objects.filter(devices=2, agreement__buyer=member_of("BUYER"))
    return mine.exclude(pk__in=known).select_related("agreement").latest("pk")


@pytest.mark.parametrize(("variant", "whole"), VARIANTS, ids=str)
def test_the_card_has_no_fault_in_any_look(
    browser: Browser, market: str, cookies_of: Cookies, address: str, variant: Variant, whole: bool
) -> None:
    context = context_for(browser, market, variant, cookies_of("BUYER"))
    page = context.new_page()

    faults = faults_of(page, address, whole=whole)
    expect(page.locator("#data-rows")).to_contain_text("words")
    context.close()

    assert faults == []


def _fill(page: Page, name: str, content: bytes) -> None:
    form = page.locator("form[data-pieces]")
    form.locator("[name=name]").fill(name)
    file = {"name": "big.bin", "mimeType": "application/octet-stream", "buffer": content}
    form.locator("[name=content]").set_input_files([file])  # type: ignore[list-item]
    form.locator("button").click()


def test_a_file_is_sent_in_pieces(
    browser: Browser, market: str, cookies_of: Cookies, address: str
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"))
    page = context.new_page()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.goto(address)

    _fill(page, "in-pieces", b"y" * (2 * PIECE_BYTES + 9))

    row = page.locator("#data-rows tr", has_text="in-pieces")
    expect(row).to_contain_text("100 %")
    assert sent.count("PUT") == 3
    context.close()


def test_a_refusal_is_told_beside_the_form(
    browser: Browser, market: str, cookies_of: Cookies, address: str
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"))
    page = context.new_page()
    page.goto(address)

    _fill(page, "No Such Name", b"y")

    expect(page.locator("[data-refused]")).to_contain_text("The dataset cannot be taken")
    context.close()


def test_a_small_file_is_sent_without_script(
    browser: Browser, market: str, cookies_of: Cookies, address: str
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"), java_script_enabled=False)
    page = context.new_page()
    page.goto(address)

    _fill(page, "without-script", b"y" * 9_000)

    expect(page.locator("#data-rows tr", has_text="without-script")).to_contain_text("100 %")
    context.close()
