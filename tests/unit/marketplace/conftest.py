"""Every story of this room starts in the tiny market."""

import pytest

from tests.world import World


@pytest.fixture
def world(db: None) -> World:
    """The tiny market at noon."""
    return World()
