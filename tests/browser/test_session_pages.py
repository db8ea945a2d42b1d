"""Opening a session with a browser: the key in, two files and a command out."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import DjangoDbBlocker

from delivery.models import Allocation
from tests.browser.look import PAIRWISE, Variant, context_for, faults_of
from tests.browser.market import member_of

FULL = os.environ.get("GRIDHOUR_TEST_FULL") == "1"
WIDE = Variant("en", "light", 1440)
Cookies = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def delivery_id(served: tuple[str, Any], django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """A delivery of the buyer's, as one of this machine: pages need no cell."""
    with django_db_blocker.unblock():
        mine = Allocation.objects.filter(agreement__buyer=member_of("BUYER"), state="DELIVERING")
        row = mine.filter(connector="simulated").earliest("id")
        Allocation.objects.filter(pk=row.pk).update(connector="process")
        yield row.pk
        Allocation.objects.filter(pk=row.pk).update(connector="simulated")


@pytest.fixture(autouse=True)
def door(settings: Any, tmp_path: Path) -> None:
    settings.SSH_DOOR, settings.VAR_DIR = "door.example:2222", tmp_path


def opened(page: Page, market: str, delivery_id: int, key: str) -> None:
    """Paste a key on the delivery's page and open a session."""
    page.goto(f"{market}/deliveries/{delivery_id}/")
    card = page.locator("#sessions")
    card.get_by_label("Public key").fill(key)
    card.get_by_role("button", name="Open a session").click()


def test_a_session_is_opened_saved_and_ended(
    browser: Browser, market: str, cookies_of: Cookies, delivery_id: int
) -> None:
    context = context_for(browser, market, WIDE, cookies_of("BUYER"))
    page, key = context.new_page(), asyncssh.generate_private_key("ssh-ed25519")

    opened(page, market, delivery_id, key.export_private_key().decode())
    expect(page.locator("#session_public_key_error")).to_contain_text("This is a private key")
    expect(page.get_by_label("Public key")).to_have_value("")
    page.get_by_label("Public key").fill(key.export_public_key().decode())
    page.get_by_role("button", name="Open a session").click()

    expect(page).to_have_url(re.compile(r"/jobs/\d+/$"))
    name = page.locator("h1").inner_text().strip()
    saved = {}
    for file in (f"{name}-cert.pub", f"{name}-known_hosts"):
        with page.expect_download() as download:
            page.get_by_role("link", name=file).click()
        assert download.value.suggested_filename == file
        saved[file] = download.value.path().read_bytes()
    certificate = asyncssh.import_certificate(saved[f"{name}-cert.pub"])
    assert certificate.principals == [name]
    assert certificate.key.public_data == key.public_data
    assert saved[f"{name}-known_hosts"].startswith(b"[door.example]:2222 ssh-ed25519 ")
    command = page.locator("#session-command").inner_text()
    assert command == (
        f"ssh -i key -o CertificateFile={name}-cert.pub"
        f" -o UserKnownHostsFile={name}-known_hosts -p 2222 {name}@door.example"
    )
    assert page.evaluate("window.seen.refused") == []
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text("This session has ended")).to_be_visible()
    context.close()


@pytest.mark.parametrize("pair", range(len(PAIRWISE)))
def test_pages_of_sessions_have_no_fault(
    browser: Browser, market: str, cookies_of: Cookies, delivery_id: int, pair: int
) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    opening = context_for(browser, market, WIDE, cookies_of("BUYER"))
    first = opening.new_page()
    opened(first, market, delivery_id, key)
    expect(first).to_have_url(re.compile(r"/jobs/\d+/$"))
    session = first.url.removeprefix(market)
    opening.close()
    delivery = f"/deliveries/{delivery_id}/"
    looks = [("BUYER", delivery), ("BUYER", session), ("BUYER", f"{delivery}sessions/")]
    looks += [("REGULATOR", f"{delivery}sessions/")]

    for place, variant in enumerate(PAIRWISE[pair]):
        whole = FULL or place == pair % 2
        for role, address in looks:
            context = context_for(browser, market, variant, cookies_of(role))
            assert faults_of(context.new_page(), market + address, whole=whole) == [], address
            context.close()
