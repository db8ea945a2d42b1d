"""What a call auction sold, in the reference book: all of it is traded, or nothing."""

from collections import Counter
from types import SimpleNamespace

from exchange.book import commands as say
from exchange.book import events as happened
from exchange.book.awards import Award, AwardedOrder, Carried, Lot
from exchange.price import gross_up
from tests.reference_book.checks import Side, refuse_if
from tests.reference_book.meeting import Meeting


class Awarding(Meeting):
    def do_award(self, said: Award) -> None:
        lots = [(order, lot) for order in said.orders for lot in order.lots]
        self.check_member(said.member, "BUYER")
        self.check_halts(said.member)
        whole = said.orders and all(order.lots for order in said.orders)
        refuse_if(not whole, "E-AWARD-01", "orders")
        for order, lot in lots:
            refuse_if(order.first_hour < self.first_open, "E-GATE-01", "first_hour")
            refuse_if(len(lot.prices_micros) != order.hours, "E-AWARD-01", "prices_micros")
        self.check_new("order", [order.order for order in said.orders], self.orders)
        self.check_new("listing", [lot.listing for _, lot in lots], self.listings)
        for _, lot in lots:
            self.check_awarded(said.member, lot)
        for (pool, hour), devices in self.devices_of(said).items():
            free = self.reserved.get((pool, hour), 0)
            refuse_if(devices > free, "E-CAP-01", "devices", free=free, hour=hour)
        self.check_links(said)
        for order in said.orders:
            self.trade_awarded(said, order)
        for key, gbps in self.gbps_of(said).items():
            self.carried[key] += gbps
            self.kept[key] = self.kept.get(key, 0) - gbps
        for key, devices in self.devices_of(said).items():
            self.reserved[key] -= devices
            self.taken[key] += devices

    def devices_of(self, said: Award) -> Counter[tuple[int, int]]:
        """Return the devices by pool and hour."""
        found: Counter[tuple[int, int]] = Counter()
        for order in said.orders:
            for lot in order.lots:
                for hour in range(order.first_hour, order.first_hour + order.hours):
                    found[lot.pool, hour] += lot.devices
        return found

    def gbps_of(self, said: Award) -> Counter[tuple[int, int]]:
        """Return the Gbit/s by link and hour."""
        found: Counter[tuple[int, int]] = Counter()
        for order in said.orders:
            for piece in (one for lot in order.lots for one in lot.links):
                for hour in range(piece.first_hour, piece.first_hour + piece.hours):
                    found[piece.link, hour] += piece.gbps
        return found

    def check_links(self, said: Award) -> None:
        for order in said.orders:
            for piece in (one for lot in order.lots for one in lot.links):
                self.check_carried(said.member, order, piece)
        for key, gbps in self.gbps_of(said).items():
            free = self.kept.get(key, 0)
            refuse_if(gbps > free, "E-AWARD-01", "gbps", free=free, hour=key[1])

    def check_carried(self, buyer: int, order: AwardedOrder, piece: Carried) -> None:
        link = self.links.get(piece.link)
        wrong = link is None or link.carrier != piece.carrier or piece.gbps == piece.gb == 0
        early = piece.first_hour < order.first_hour
        late = piece.first_hour + piece.hours > order.first_hour + order.hours
        refuse_if(wrong or early or late, "E-AWARD-01", "links")
        self.check_member(piece.carrier, "CARRIER")
        self.check_halts(piece.carrier)
        refuse_if(self.owner(buyer) == self.owner(piece.carrier), "E-SELF-01", "member")

    def check_new(self, at: str, numbers: list[int], sides: dict[int, Side]) -> None:
        used = any(number in sides or numbers.count(number) > 1 for number in numbers)
        refuse_if(used, "E-IDEM-01", at)

    def check_awarded(self, buyer: int, lot: Lot) -> None:
        """Unlike a listing, what an auction sold may be of a pool that is offered no more."""
        self.check_member(lot.seller, "SELLER")
        pool = self.pools.get(lot.pool, say.Pool(pool=0, seller=0, chip="", devices=0))
        refuse_if(pool.seller != lot.seller, "E-POOL-01", "pool")
        self.check_halts(lot.seller, pool.chip)
        refuse_if(self.owner(buyer) == self.owner(lot.seller), "E-SELF-01", "member")

    def trade_awarded(self, said: Award, order: AwardedOrder) -> None:
        worth = [lot.devices * sum(lot.prices_micros) for lot in order.lots]
        gross = [gross_up(value, said.vat_bp) for value in worth]
        linked = [self.worth_of(one) for lot in order.lots for one in lot.links]
        held = sum(gross) + sum(gross_up(value, said.vat_bp) for value in linked)
        bought = {"side": "BUY", "id": order.order}
        facts = {"member": said.member, "held_micros": held}
        arrival = self.emit(happened.Accepted, **bought, **facts)
        for lot, value, paid in zip(order.lots, worth, gross, strict=True):
            sold = {"side": "SELL", "id": lot.listing}
            self.emit(happened.Accepted, **sold, member=lot.seller)
            facts = {"order": order.order, "listing": lot.listing, "pool": lot.pool}
            facts |= {"devices": lot.devices, "credited": lot.devices}
            facts |= {"first_hour": order.first_hour, "hours": order.hours}
            facts |= {"price_micros": sum(lot.prices_micros) // order.hours}
            facts |= {"gflops_per_device": lot.gflops, "value_micros": value, "gross_micros": paid}
            even = len(set(lot.prices_micros)) == 1
            own = () if even else lot.prices_micros
            self.emit(happened.Traded, arrival=arrival, prices_micros=own, **facts)
            self.link_awarded(said, order, lot)
            self.emit(happened.Ended, **sold, state="SOLD")
            whose = SimpleNamespace(member=lot.seller)
            self.listings[lot.listing] = Side(whose, 0, 0, state="SOLD")
        self.emit(happened.Ended, **bought, state="FILLED")
        self.orders[order.order] = Side(SimpleNamespace(member=said.member), 0, 0, state="FILLED")

    def worth_of(self, piece: Carried) -> int:
        by_hour = piece.price_micros_per_gbps_hour * piece.gbps * piece.hours
        return by_hour + piece.price_micros_per_gb * piece.gb

    def link_awarded(self, said: Award, order: AwardedOrder, lot: Lot) -> None:
        traded = self.number
        for piece in lot.links:
            value = self.worth_of(piece)
            facts = {name: getattr(piece, name) for name in piece.__struct_fields__}
            facts |= {"traded": traded, "order": order.order, "listing": lot.listing}
            facts |= {"value_micros": value, "gross_micros": gross_up(value, said.vat_bp)}
            self.emit(happened.Linked, **facts)
