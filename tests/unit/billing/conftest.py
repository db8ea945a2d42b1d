"""A world whose deals have agreements, and meters that say what a test wants."""

import pytest

from tests.unit.billing.house import House
from tests.world import World


@pytest.fixture
def house(db: None) -> House:
    """The tiny market with rates, standard terms and a meter to turn by hand."""
    return House(World())
