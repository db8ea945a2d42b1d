"""An auction alone, in the tiny market."""

import pytest

from marketplace.actions import auctions as do
from marketplace.models import Auction
from tests.world import World


@pytest.fixture
def auction(world: World) -> Auction:
    """The last of the open day-ahead auctions, alone."""
    do.open_auctions(world.now)
    found = Auction.objects.filter(kind="DAY_AHEAD").latest("starts_at")
    Auction.objects.exclude(pk=found.pk).delete()
    return found
