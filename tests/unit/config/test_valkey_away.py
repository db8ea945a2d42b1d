"""Valkey takes calls and answers none: who has waited for it once does not wait again."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from accounts.api import entry_calls
from accounts.api.throttling import over_limit
from counter import patience

pytestmark = pytest.mark.django_db


@pytest.fixture
def silent_valkey(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A port that takes connections and says nothing."""
    monkeypatch.setattr(patience, "_until", 0.0)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        caches = settings.CACHES
        settings.CACHES = {"default": {**caches["default"], "LOCATION": address}}
        yield
    settings.CACHES = caches
    monkeypatch.setattr(patience, "_until", 0.0)


@pytest.mark.usefixtures("silent_valkey")
def test_a_call_is_let_through_after_a_second_and_the_next_at_once() -> None:
    began = time.monotonic()
    assert not over_limit("api:1", 10)
    waited = time.monotonic() - began
    assert not over_limit("api:1", 10)
    again = time.monotonic() - began - waited

    assert waited < 4
    assert again < 0.1


@pytest.mark.usefixtures("silent_valkey")
def test_orders_are_counted_by_each_process_alone(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ENTRY_CALLS_PER_MINUTE = 5
    monkeypatch.setattr(entry_calls, "_counts", {})
    began = time.monotonic()
    refused = [entry_calls.too_many_entries(7) for _ in range(7)]

    assert refused.count(True) == 2
    assert time.monotonic() - began < 4
