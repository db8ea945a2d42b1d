"""The floor on which races are run: a tiny market with pools that outlast every round."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from django.db import connection

from config.invariants import find_violations
from marketplace.actions.market import Market
from marketplace.domain import entry as entries
from marketplace.domain.listing_request import ListingRequest
from tests.cast import Player
from tests.faults.racing import Hands, engine
from tests.trading import Trading
from tests.world import World, micros


class Floor(Trading):
    """Entries for races: each listing has an hour of its own."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        # The lock goes to the engine's own thread.
        connection.close()
        self.hours = count()
        self.names = count()

    def one(self, hour: int, *, devices: int = 1) -> Any:
        """Return Ada's listing of a device for an hour."""
        start = self.world.hour(24 + hour % 24)
        return entries.PublishListing(
            member=self.world.cast.ada.id,
            client_order_id=f"one-{next(self.names)}",
            request=ListingRequest(
                pool_id=self.world.west_pool.pk,
                devices=devices,
                starts_at=start,
                ends_at=start + timedelta(hours=1),
                ask_micros=micros("1.50"),
                min_devices=1,
                min_hours=1,
                firmness="FIRM",
            ),
        )

    def want(self, hour: int, player: Player, name: str = "", **more: Any) -> Any:
        """Return an order for a device in that hour."""
        start = self.world.hour(24 + hour % 24)
        request = {"amount": 1, "hours": 1, "time_in_force": "IOC", **more}
        return self.buy(
            name or f"want-{next(self.names)}",
            member=player.id,
            earliest=start,
            latest=start + timedelta(hours=1),
            **request,
        )


def open_floor() -> Floor:
    """Return the floor with room for every round."""
    world = World()
    world.west_pool.devices = 100_000
    world.west_pool.save()
    return Floor(world)


@contextmanager
def racing(tmp_path: Path, hands: int, market: type[Market] = Market) -> Iterator[Hands]:
    """An engine, and so many hands."""
    with engine(tmp_path / "e.sock", market):
        found = Hands(hands)
        try:
            yield found
        finally:
            found.close()


def broken() -> list[str]:
    """Return the codes of the market's laws that do not hold."""
    return [found.invariant.code for found in find_violations().findings if not found.holds]
