"""What a trader asks for next: orders that rest or not, listings, changes and ends of both."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.domain import entry as entries
from marketplace.domain.listing_request import ListingRequest
from marketplace.domain.order_request import OrderRequest

HOUR = timedelta(hours=1)
TICK = 10_000
MOST_REMEMBERED = 50
SIZES = (1, 1, 2, 6)


@dataclass
class Drawer:
    """Draws for one trader; what rests of its own is remembered, so that it can be changed."""

    stage: dict[str, Any]
    random: random.Random
    # Through HTTP only those who have a token ask; what travels together is one buyer's.
    http: bool = False
    orders: dict[int, tuple[int, int]] = field(default_factory=dict)
    listings: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.first = datetime.fromisoformat(self.stage["first_hour"])
        self.seller = self.stage["seller"]
        tokens = self.stage["tokens"]
        self.buyers = [b for b in self.stage["buyers"] if not self.http or str(b) in tokens]

    def batch(self, key: str) -> list[Any]:
        """Return one entry or several that travel together."""
        size = self.random.choice(SIZES)
        if size > 1 and self.http:
            buyer = self.random.choice(self.buyers)
            return [self._of(buyer, f"{key}-{part}") for part in range(size)]
        return [self._one(f"{key}-{part}") for part in range(size)]

    def _one(self, key: str) -> Any:
        kinds: list[tuple[int, Callable[[str], Any]]] = [(20, self._sell), (1, self._cancel_all)]
        if self.orders:
            kinds += [(12, self._cancel), (10, self._replace)]
        if self.listings:
            kinds += [(4, self._withdraw), (5, self._reprice)]
        left = self.random.randrange(100)
        for share, draw in kinds:
            left -= share
            if left < 0:
                return draw(key)
        return self._buy(key, self.random.choice(self.buyers))

    def _of(self, buyer: int, key: str) -> Any:
        """Return an order of one buyer's, or a change or the end of one."""
        own = [pk for pk, (member, _) in self.orders.items() if member == buyer]
        if own and self.random.random() < 0.4:
            pk = self.random.choice(own)
            return self.random.choice((self._cancel, self._replace))(key, pk)
        return self._buy(key, buyer)

    def _buy(self, key: str, buyer: int) -> entries.PlaceOrder:
        start = self.first + self.random.randrange(8) * HOUR
        return entries.PlaceOrder(
            member=buyer,
            client_order_id=key,
            request=OrderRequest(
                unit="DEVICES",
                amount=self.random.randint(1, 9),
                hours=self.random.randint(1, 3),
                earliest=start,
                latest=start + self.random.randint(3, 9) * HOUR,
                limit_micros=self.random.randint(130, 190) * TICK,
                time_in_force=self.random.choice(("GTC", "GTC", "IOC", "FOK")),
            ),
        )

    def _sell(self, key: str) -> entries.PublishListing:
        start = self.first + self.random.randrange(8) * HOUR
        return entries.PublishListing(
            member=self.seller,
            client_order_id=key,
            request=ListingRequest(
                pool_id=self.random.choice(self.stage["pools"]),
                devices=self.random.randint(1, 12),
                starts_at=start,
                ends_at=start + self.random.randint(2, 8) * HOUR,
                ask_micros=self.random.randint(140, 200) * TICK,
                min_devices=1,
                min_hours=1,
                firmness="FIRM",
            ),
        )

    def _cancel(self, key: str, pk: int = 0) -> entries.CancelOrder:
        pk = pk or self.random.choice(list(self.orders))
        member, _ = self.orders.pop(pk)
        return entries.CancelOrder(member=member, order_id=pk, client_id=key)

    def _replace(self, key: str, pk: int = 0) -> entries.ReplaceOrder:
        pk = pk or self.random.choice(list(self.orders))
        member, version = self.orders[pk]
        amount = self.random.randint(1, 9)
        return entries.ReplaceOrder(
            member=member, order_id=pk, version=version, amount=amount, client_id=key
        )

    def _withdraw(self, key: str) -> entries.WithdrawListing:
        pk = self.random.choice(list(self.listings))
        del self.listings[pk]
        return entries.WithdrawListing(member=self.seller, listing_id=pk, client_id=key)

    def _reprice(self, key: str) -> entries.RepriceListing:
        pk = self.random.choice(list(self.listings))
        ask = self.random.randint(140, 200) * TICK
        return entries.RepriceListing(
            member=self.seller,
            listing_id=pk,
            version=self.listings[pk],
            ask_micros=ask,
            client_id=key,
        )

    def _cancel_all(self, key: str) -> entries.CancelAll:
        return entries.CancelAll(member=self.random.choice(self.buyers), client_id=key)

    def hear(self, entry: Any, answer: dict[str, Any]) -> None:
        """Remember what rests."""
        if answer.get("refused"):
            return
        rests = answer.get("state") in {"OPEN", "PARTLY_FILLED"}
        version = answer.get("version", 1)
        if isinstance(entry, entries.PlaceOrder | entries.ReplaceOrder) and rests:
            self.orders[answer["id"]] = (entry.member, version)
        if isinstance(entry, entries.PublishListing | entries.RepriceListing) and rests:
            self.listings[answer["id"]] = version
        for kept in (self.orders, self.listings):
            while len(kept) > MOST_REMEMBERED:
                del kept[next(iter(kept))]  # type: ignore[attr-defined]
