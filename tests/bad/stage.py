"""The stage of the bad orders: a small market with something open, partly filled and ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from marketplace.actions import (
    cancel_everything,
    cancel_order,
    halt_trading,
    publish_listing,
    replace_order,
    reprice_listing,
    resume_trading,
    withdraw_listing,
)
from marketplace.actions.answers import refusal_of_answer
from marketplace.actions.asking import ask_all
from marketplace.domain.entry import PlaceOrder, PublishListing, Said
from marketplace.domain.listing_request import ListingRequest
from marketplace.models import Listing, Order
from tests.bad.case import Bad
from tests.cast import Role, enter
from tests.world import World, micros

CPU: dict[str, Any] = {"chips_allowed": ("cpu-slot",), "limit_micros": 1_000_000}
ASCEND: dict[str, Any] = {"chips_allowed": ("ascend-910b",)}


class Stage:
    """The world with named orders and listings; `do` acts one case out."""

    def __init__(self) -> None:
        self.world = world = World()
        cast = world.cast
        self.players = {**vars(cast)}
        self.players["second"] = enter(Role("second", "SELLER"))
        self.players["poor"] = enter(Role("poor", "BUYER"))
        self.listings = self._listings(world)
        self.orders = self._orders(world)
        withdraw_listing(
            seller_id=cast.ada.id, listing_id=self.listings["withdrawn"].pk, now=world.now
        )
        for order in self.orders.values():
            order.refresh_from_db()
        halt = halt_trading(scope="MEMBER", subject_id=cast.gwen.id, reason="once", now=world.now)
        resume_trading(halt_id=halt.pk, now=world.now)
        self.halt_id = halt.pk

    def _listings(self, world: World) -> dict[str, Listing]:
        east, cpu = world.east_pool, world.process_pool
        return {
            "offer": world.listing(client_order_id="offer"),
            "sold": world.listing(pool=east, devices=4, hours=2),
            "thin": world.listing(pool=east, devices=4, start=30, hours=2),
            "part_sold": world.listing(pool=east, devices=8, start=34, hours=2),
            "beside": world.listing(start=20, hours=8, price="9.00"),
            "blocks": world.listing(pool=cpu, devices=8, min_devices=4, price="9.00"),
            "withdrawn": world.listing(pool=cpu, price="9.00", client_order_id="withdrawn"),
            "later": world.listing(start=40, hours=2, price="9.00"),
        }

    def _orders(self, world: World) -> dict[str, Order]:
        hour = world.hour
        thin: dict[str, Any] = {"earliest": hour(30), "latest": hour(32)}
        part: dict[str, Any] = {"earliest": hour(34), "latest": hour(36)}
        orders = {
            "filled": world.order(client_order_id="filled", amount=4, **ASCEND),
            "partly": world.order(amount=8, splittable=True, **ASCEND, **thin),
            "part": world.order(amount=4, **ASCEND, **part),
            "open": world.order(client_order_id="open", **CPU),
            "dated": world.order(time_in_force="GTD", expires_at=hour(9), **CPU),
            "immediate": world.order(time_in_force="IOC", **CPU),
            "danas": world.order(buyer_id=world.cast.dana.id, **CPU),
            "cancelled": world.order(client_order_id="cancelled", **CPU),
            "waiting": world.order(
                chips_allowed=("h100-sxm",),
                earliest=hour(40),
                latest=hour(42),
                limit_micros=micros("1.00"),
            ),
        }
        ben = world.cast.ben.id
        cancel_order(
            buyer_id=ben, order_id=orders["cancelled"].pk, client_id="known", now=world.now
        )
        return orders

    def do(self, bad: Bad) -> object:
        """Act it out through the public actions."""
        return getattr(self, f"_{bad.act}")(**bad.facts)

    def _order(self, *, buyer: str = "ben", **facts: Any) -> object:
        return self.world.order(**{"buyer_id": self.players[buyer].id, **facts})

    def _listing(self, *, seller: str = "", **facts: Any) -> object:
        world, price = self.world, facts.pop("price", "1.85")
        start, hours = world.hour(facts.pop("start", 0)), facts.pop("hours", 24)
        start += timedelta(minutes=facts.pop("minutes", 0))
        end = start + timedelta(hours=hours, minutes=facts.pop("end_minutes", 0))
        sent: dict[str, Any] = {
            "seller_id": self.players[seller].id if seller else world.cast.ada.id,
            "client_order_id": world.client_id(),
            "pool_id": world.west_pool.pk,
            "devices": 8,
            "starts_at": start,
            "ends_at": end,
            "ask_micros": micros(price),
        }
        return publish_listing(**{**sent, **facts}, now=world.now)

    def _replace(self, *, of: str = "open", **facts: Any) -> object:
        sent: dict[str, Any] = {"order_id": self.orders[of].pk, "version": 1}
        return replace_order(
            **{**sent, **facts}, buyer_id=self.world.cast.ben.id, now=self.world.now
        )

    def _reprice(self, *, of: str = "offer", seller: str = "ada", **facts: Any) -> object:
        sent: dict[str, Any] = {"listing_id": self.listings[of].pk, "version": 1}
        return reprice_listing(
            **{**sent, **facts}, seller_id=self.players[seller].id, now=self.world.now
        )

    def _cancel(self, *, of: str = "open", **facts: Any) -> object:
        sent: dict[str, Any] = {"order_id": self.orders[of].pk, **facts}
        return cancel_order(**sent, buyer_id=self.world.cast.ben.id, now=self.world.now)

    def _withdraw(self, *, of: str = "offer", seller: str = "ada", **facts: Any) -> object:
        sent: dict[str, Any] = {"listing_id": self.listings[of].pk, **facts}
        return withdraw_listing(**sent, seller_id=self.players[seller].id, now=self.world.now)

    def _cancel_all(self, **facts: Any) -> object:
        return cancel_everything(
            **{"member_id": self.world.cast.ben.id, **facts}, now=self.world.now
        )

    def _halt(self, *, scope: str, subject_id: int | None = None) -> object:
        subject = self.world.h100.pk if scope == "CHIP" and subject_id is None else subject_id
        return halt_trading(scope=scope, subject_id=subject, reason="again", now=self.world.now)

    def _resume(self, *, halt_id: int = 0) -> object:
        return resume_trading(halt_id=halt_id or self.halt_id, now=self.world.now)

    def _two_orders(self) -> None:
        ben, request = self.world.cast.ben.id, self.world.request(**CPU)
        self._together(
            [PlaceOrder(member=ben, client_order_id=f"two-{n}", request=request) for n in (1, 2)]
        )

    def _two_listings(self) -> None:
        world = self.world
        request = ListingRequest(
            pool_id=world.west_pool.pk,
            devices=1,
            starts_at=world.hour(50),
            ends_at=world.hour(51),
            ask_micros=micros("9.00"),
            min_devices=1,
            min_hours=1,
            firmness="FIRM",
        )
        ada = world.cast.ada.id
        self._together(
            [
                PublishListing(member=ada, client_order_id=f"two-{n}", request=request)
                for n in (1, 2)
            ]
        )

    def _together(self, entries: Sequence[Said]) -> None:
        """Send entries in one turn: the first is good, the last is refused."""
        first, last = ask_all(entries, now=self.world.now)
        assert not first.refused
        raise refusal_of_answer(last)
