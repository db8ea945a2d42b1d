"""What the members of the order path's load ask for. The same number asks for the same."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.units import TICK_MICROS

IOC, RESTING, CANCEL = "IOC", "RESTING", "CANCEL"
MIXES = {
    "resting": "resting buy orders that nothing fills",
    "mixed": (
        "50 % orders at once of which three in five fill, 40 % resting buy orders,"
        " 10 % cancels of own resting orders (none in batches)"
    ),
}
HOURS = 24
MOST_DEVICES = 3
MOST_OPEN_KNOWN = 10_000


@dataclass(frozen=True)
class Trader:
    """A member that buys, and what opens the API to it."""

    member_id: int
    token: str


@dataclass(frozen=True)
class Product:
    """A chip with listings: above the dear limit all fill, below the cheap one nothing does."""

    chip: str
    cheap_micros: int
    dear_micros: int


@dataclass(frozen=True, slots=True)
class Ask:
    """One order (its fields as JSON) or cancel, of the trader with that index."""

    kind: str
    trader: int
    fields: str = ""
    order_id: int = 0


class Mix:
    """Hands out what to ask next; hears which orders rest, so that it can cancel them."""

    def __init__(
        self,
        name: str,
        traders: Sequence[Trader],
        products: Sequence[Product],
        deliver_from: datetime,
        label: str,
    ) -> None:
        self.mixed = name == "mixed"
        self.traders = traders
        self.label = label
        self.number = 0
        self.open: deque[tuple[int, int]] = deque(maxlen=MOST_OPEN_KNOWN)
        self.resting = _tails(products, deliver_from, at_once=False, dear=False)
        self.filling = _tails(products, deliver_from, at_once=True, dear=True)
        self.missing = _tails(products, deliver_from, at_once=True, dear=False)

    def next(self, trader: int, *, cancels: bool = True) -> Ask:
        """Return what the trader asks for next; a cancel is one of any trader's orders."""
        self.number += 1
        number, part = self.number, self.number % 10
        if not self.mixed or 5 <= part < 9:
            return self._order(RESTING, self.resting, trader, number)
        if part == 9:
            if not cancels or len(self.open) < 100:
                return self._order(RESTING, self.resting, trader, number)
            owner, order_id = self.open.popleft()
            return Ask(CANCEL, owner, order_id=order_id)
        tails = self.filling if part < 3 else self.missing
        return self._order(IOC, tails, trader, number)

    def rests(self, ask: Ask, order_id: int) -> None:
        """Hear that an order rests."""
        if order_id:
            self.open.append((ask.trader, order_id))

    def _order(self, kind: str, tails: list[str], trader: int, number: int) -> Ask:
        tail = tails[number * 7 % len(tails)]
        return Ask(kind, trader, f'"client_order_id":"{self.label}-{number}",{tail}')


def _tails(
    products: Sequence[Product], deliver_from: datetime, *, at_once: bool, dear: bool
) -> list[str]:
    found = []
    for index, product in enumerate(products):
        for hour in range(HOURS):
            earliest = deliver_from + timedelta(hours=hour)
            latest = earliest + timedelta(hours=1 + hour % 3)
            cheap = product.cheap_micros - (index + hour) % 20 * TICK_MICROS
            found.append(
                f'"unit":"DEVICES","amount":{1 + hour % MOST_DEVICES},"hours":1,'
                f'"earliest":"{earliest:%Y-%m-%dT%H:%M:%SZ}",'
                f'"latest":"{latest:%Y-%m-%dT%H:%M:%SZ}",'
                f'"limit_micros":{product.dear_micros if dear else cheap},'
                f'"chips_allowed":["{product.chip}"]'
                + (',"time_in_force":"IOC"' if at_once else "")
            )
    return found
