"""An auction alone, in the tiny market."""

import pytest

from marketplace.actions import auctions as do
from marketplace.models import Auction
from tests.unit.marketplace.auctions.visiting import Visitor, come
from tests.world import World
from timetable.actions import set_clock


@pytest.fixture
def auction(world: World) -> Auction:
    """The last of the open day-ahead auctions, alone."""
    do.open_auctions(world.now)
    found = Auction.objects.filter(kind="DAY_AHEAD").latest("starts_at")
    Auction.objects.exclude(pk=found.pk).delete()
    return found


@pytest.fixture
def visitor(world: World) -> Visitor:
    """Somebody signed in for a player, or a stranger, while the clock stands at noon."""
    set_clock(market_at=world.now, factor=0, reason="noon", wall=world.now)
    return come
