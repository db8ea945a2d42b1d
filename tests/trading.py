"""An engine's turns in the test's own process, over the tiny market committed for real."""

from typing import Any

from marketplace.actions.market import Market
from marketplace.domain import entry as entries
from marketplace.domain.entry import Answer
from marketplace.domain.listing_request import ListingRequest
from marketplace.engine.following import Follower
from marketplace.engine.leadership import try_to_lead
from marketplace.engine.turns import Turns
from tests.cast import NOON
from tests.world import World, micros
from timetable.actions import set_clock
from timetable.queries import wall_now


class Trading:
    """Says entries to an engine that leads; `market_at` noon in Shanghai runs in real time."""

    def __init__(self, world: World) -> None:
        self.world = world
        set_clock(market_at=NOON, factor=1, reason="test", wall=wall_now())
        self.passed: list[str] = []
        self.turns = self.new_leader()

    def new_leader(self) -> Turns:
        """Begin a term, as an engine's process does."""
        term = try_to_lead(wall_now())
        assert term is not None
        turns = Turns(Market(ids_at_once=10, epoch=term), term, fail=self.passed.append)
        turns.take([entries.Tick()])
        return turns

    def standby(self) -> Follower:
        """Return a follower that has loaded."""
        follower = Follower(Market(ids_at_once=10))
        follower.follow()
        return follower

    def take(self, *asked: entries.Said) -> list[Answer]:
        """Say entries in one turn."""
        return list(self.turns.take(asked))

    def buy(self, client_id: str | None = None, *, member: int = 0, **more: Any) -> Any:
        """Return Ben's order for eight H100 for two hours, or what `more` says."""
        return entries.PlaceOrder(
            member=member or self.world.cast.ben.id,
            client_order_id=client_id or self.world.client_id(),
            request=self.world.request(**more),
        )

    def sell(self, client_id: str | None = None, **more: Any) -> Any:
        """Return Ada's listing of eight H100 for a day, or what `more` says."""
        world = self.world
        request = {
            "pool_id": world.west_pool.pk,
            "devices": 8,
            "starts_at": world.hour(0),
            "ends_at": world.hour(24),
            "ask_micros": micros("1.85"),
            "min_devices": 1,
            "min_hours": 1,
            "firmness": "FIRM",
            **more,
        }
        return entries.PublishListing(
            member=world.cast.ada.id,
            client_order_id=client_id or world.client_id(),
            request=ListingRequest(**request),
        )

    def cancel(self, order_id: int, client_id: str = "") -> Any:
        """Return the end of one of Ben's orders."""
        ben = self.world.cast.ben.id
        return entries.CancelOrder(member=ben, order_id=order_id, client_id=client_id)

    def withdraw(self, listing_id: int) -> Any:
        """Return the end of one of Ada's listings."""
        return entries.WithdrawListing(member=self.world.cast.ada.id, listing_id=listing_id)
