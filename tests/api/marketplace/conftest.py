"""The tiny market, and callers signed in for their members."""

from collections.abc import Callable, Iterator

import pytest
from rest_framework.test import APIClient

from accounts.api import believed, entry_calls
from tests.cast import Player
from tests.world import World
from timetable.actions import set_clock

Caller = Callable[[Player], APIClient]


@pytest.fixture(autouse=True)
def nobody_is_believed() -> Iterator[None]:
    """Tokens and counts of one test mean nothing in another."""
    believed.disbelieve_all()
    entry_calls._counts.clear()
    yield
    believed.disbelieve_all()
    entry_calls._counts.clear()


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """The tiny market at noon, with the doors' clock standing there."""
    world = World()
    # Where the door leaves the time to the market, it stands there too.
    set_clock(market_at=world.now, factor=0, reason="noon", wall=world.now)
    for module in ("orders", "listings", "changes", "market", "feed"):
        monkeypatch.setattr(f"marketplace.api.{module}.market_now", lambda: world.now)
    return world


@pytest.fixture
def caller() -> Caller:
    """A client signed in for a player."""

    def sign_in(player: Player) -> APIClient:
        client = APIClient()
        client.force_login(player.person)
        return client

    return sign_in
