"""A world whose deals have agreements, and meters that say what a test wants."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from delivery.adapters.connectors import connector_named
from delivery.adapters.signatures import _site_key
from sandbox.stripe_emulator import StripeEmulator
from tests.unit.billing.cover_story import HOUR, Story
from tests.unit.billing.house import House
from tests.unit.billing.till import Till
from tests.unit.delivery.story import NO_TROUBLE
from tests.world import World
from timetable.actions import set_clock, step_to
from timetable.queries import wall_now


@pytest.fixture
def house(db: None) -> House:
    """The tiny market with rates, standard terms and a meter to turn by hand."""
    return House(World())


@pytest.fixture
def set_market_time(db: None) -> Callable[[datetime], None]:
    """Stop the market clock at an instant."""

    def stop(market_at: datetime) -> None:
        set_clock(market_at=market_at, factor=0, reason="test", wall=wall_now())

    return stop


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeEmulator]:
    """The stand-in for Stripe, to which the cashier talks."""
    emulator = StripeEmulator(secret_key=settings.STRIPE_SECRET_KEY).start()
    settings.STRIPE_API_BASE = emulator.address
    yield emulator
    emulator.stop()


@pytest.fixture
def till(db: None, stripe: StripeEmulator) -> Till:
    """A cashier whose Stripe is the emulator."""
    return Till(stripe)


@pytest.fixture
def story(db: None, settings: Any, tmp_path: Path) -> Story:
    """A purchase of six hours whose site has gone dark after two of them."""
    settings.SIMULATED_SITES = dict(NO_TROUBLE)
    settings.VAR_DIR = tmp_path
    connector_named.cache_clear()
    _site_key.cache_clear()
    world = World()
    step_to(market_at=world.now, reason="test", wall=wall_now())
    story = Story(House(world))
    story.go_on(story.start + 2 * HOUR)
    story.go_dark()
    return story
