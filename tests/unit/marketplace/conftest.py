"""Every story of this room starts in the tiny market."""

import pytest

from tests.trading import Trading
from tests.world import World


@pytest.fixture
def world(db: None) -> World:
    """The tiny market at noon."""
    return World()


@pytest.fixture
def trading(transactional_db: None) -> Trading:
    """The tiny market, committed for real, with an engine's turns in this process."""
    return Trading(World())
