"""A world whose deals have agreements, and meters that say what a test wants."""

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.unit.billing.house import House
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
