"""A world whose deals have agreements, and meters that say what a test wants."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from sandbox.stripe_emulator import StripeEmulator
from tests.unit.billing.house import House
from tests.unit.billing.till import Till
from tests.world import World
from timetable.actions import set_clock
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
