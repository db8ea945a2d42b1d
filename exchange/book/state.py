"""All that the book knows: facts, what is open, what has ended, and what is due when."""

from itertools import islice
from typing import Final

from exchange.book.commands import Limit, Pool, Requires
from exchange.book.demand import Band, Demand, Queue, Sort
from exchange.book.links import Link
from exchange.book.rows import Listing, Order
from exchange.book.seats import Past, Seat
from exchange.book.stock import Aisle, Chip, Kind, Stock

# Kinds of demand that are remembered; beyond that, those nobody rests with are forgotten.
MOST_DEMANDS: Final = 8_192
MOST_CHANGED: Final = 1_024
Narrowing = tuple[object, ...]


class State:
    """The book's memory. Nothing is found by the order in which a set happens to be kept."""

    def __init__(self) -> None:
        self.number = 0
        self.now = 0
        self.first_open = 0
        self.second = 0
        self.seconds = 0  # how many there were
        self.messages: dict[int, int] = {}  # in this second, of members without a seat
        self.everyone: Limit | None = None
        self.halts: dict[tuple[str, str], str] = {}
        self.market_halt: str | None = None
        self.seats: dict[int, Seat] = {}
        self.chips: dict[str, Chip] = {}
        self.stocks: dict[int, Stock] = {}
        self.links: dict[int, Link] = {}
        self.routes: dict[str, dict[str, list[Link]]] = {}  # by city, then zone
        self.kinds: dict[tuple[object, ...], Kind] = {}
        self.aisles: dict[tuple[object, ...], Aisle] = {}
        self.aisle_list: list[Aisle] = []
        self.demands: dict[tuple[Requires, str, str], Demand] = {}
        self.most_demands = MOST_DEMANDS
        self.queues: list[Queue] = []
        self.changed = 0  # kinds of listings that may be of the past
        # Of active pools, how many there are of each sort that a static band asks about.
        self.sorts: dict[Sort, int] = {}
        self.priced = False  # whether any reference price is known
        # Static bands by what narrows them, and how often what they depend on has changed.
        self.bands: dict[Narrowing, Band] = {}
        self.banded = 0
        self.orders: dict[int, Order] = {}
        self.listings: dict[int, Listing] = {}
        self.ended_orders: dict[int, Past] = {}
        self.ended_listings: dict[int, Past] = {}
        self.expiries: list[tuple[int, int]] = []  # instant and order, as a heap

    def seat(self, number: int) -> Seat:
        """Return the member's seat; facts may come before the member is known."""
        seat = self.seats.get(number)
        if seat is None:
            seat = self.seats[number] = Seat(number)
            seat.halt = self.halts.get(("MEMBER", str(number)))
            seat.most = self.everyone
            seat.counted, seat.messages = self.seconds, self.messages.pop(number, 0)
        return seat

    def count(self, member: int, seat: Seat | None) -> int:
        """Count a message of the member; return how many there were in this second."""
        if seat is not None:
            return seat.count(self.seconds)
        count = self.messages[member] = self.messages.get(member, 0) + 1
        return count

    def chip(self, code: str) -> Chip:
        """Return what is known of the chip model."""
        chip = self.chips.get(code)
        if chip is None:
            chip = self.chips[code] = Chip(code)
            chip.halt = self.halts.get(("CHIP", code))
        return chip

    def demand(self, requires: Requires, city: str, workload: str) -> Demand:
        """Return the demand of an order."""
        key = (requires, city, workload)
        demand = self.demands.get(key)
        if demand is None:
            if len(self.demands) >= self.most_demands:
                self._forget_demands()
            demand = self.demands[key] = Demand(requires, city, workload)
        return demand

    def aisles_for(self, demand: Demand) -> list[Aisle]:
        """Return the aisles that the demand may enter."""
        if demand.aisles_of != len(self.aisle_list):
            demand.aisles = [aisle for aisle in self._aisles(demand) if demand.may_enter(aisle)]
            demand.aisles_of = len(self.aisle_list)
        return demand.aisles

    def _aisles(self, demand: Demand) -> list[Aisle]:
        """Return the aisles of the chips that the demand names, or all."""
        if not demand.chips:
            return self.aisle_list
        if len(demand.chips) == 1:
            chip = self.chips.get(demand.chips[0])
            return chip.aisles if chip is not None else []
        chips = [self.chips[code] for code in dict.fromkeys(demand.chips) if code in self.chips]
        return [aisle for chip in chips for aisle in chip.aisles]

    def _forget_demands(self) -> None:
        """Forget the demands, and the queues, in which nobody stands."""
        idle = [queue for queue in self.queues if not queue.count]
        for queue in idle:
            queue.demand.close(queue)
        self.queues = [queue for queue in self.queues if queue.count]
        for kind in self.kinds.values():
            kind.suitors, kind.judged = [], 0
        self.demands = {
            key: demand
            for key, demand in self.demands.items()
            if demand.devices is not None or demand.gflops is not None
        }
        self.most_demands = max(MOST_DEMANDS, 2 * len(self.demands))

    def tidy(self, *, changed: int) -> None:
        """After so many changed kinds of listings, forget the kinds and aisles of the past."""
        self.changed += changed
        if self.changed < max(MOST_CHANGED, len(self.kinds) // 2):
            return
        self.changed = 0
        live = {id(kind) for stock in self.stocks.values() for kind in stock.kinds.values()}
        self.kinds = {key: kind for key, kind in self.kinds.items() if id(kind) in live}
        used = {id(kind.aisle) for kind in self.kinds.values()}
        self.aisles = {key: aisle for key, aisle in self.aisles.items() if id(aisle) in used}
        self.aisle_list = list(self.aisles.values())
        for aisle in self.aisle_list:
            aisle.kinds = [kind for kind in aisle.kinds if id(kind) in live]
        for chip in self.chips.values():
            chip.aisles = [aisle for aisle in chip.aisles if id(aisle) in used]
        for order in self.orders.values():
            order.demand.forget()
        for demand in self.demands.values():
            demand.forget()

    def split(self, aisle: Aisle) -> None:
        """Let the listings of a crowded aisle stand by their kind as well, from now on."""
        aisle.crowded, aisle.split = False, True
        for listing in self.listings.values():
            if listing.aisle is aisle and listing.shelved:
                listing.kind.bays.put(listing)

    def unband(self) -> None:
        """Forget the static bands: something that they depend on has changed."""
        self.bands.clear()
        self.banded += 1

    def kind(self, pool: Pool, firmness: str) -> Kind:
        """Return the kind of listings of such a pool with such a firmness."""
        key = (
            pool.chip,
            pool.family,
            pool.stack,
            pool.devices_per_node,
            tuple(sorted(pool.gflops.items())),
            pool.memory_gb,
            pool.scale_up_gbs,
            pool.scale_out_gbps,
            pool.zone,
            pool.pue_thousandths,
            pool.carbon_g_per_kwh,
            tuple(sorted(pool.rtt_us.items())),
            firmness,
        )
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = Kind(self._aisle(key[:5], pool), pool, firmness)
        return kind

    def _aisle(self, key: tuple[object, ...], pool: Pool) -> Aisle:
        aisle = self.aisles.get(key)
        if aisle is None:
            aisle = self.aisles[key] = Aisle(self.chip(pool.chip), pool)
            self.aisle_list.append(aisle)
        return aisle

    def forget_ended(self, most: int) -> None:
        """Forget the oldest endings beyond so many of each side."""
        for ended in (self.ended_orders, self.ended_listings):
            for number in list(islice(ended, max(len(ended) - most, 0))):
                del ended[number]
