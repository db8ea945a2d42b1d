"""What the reference book keeps of each side, and the checks that need nothing else."""

from dataclasses import dataclass, field
from typing import Any, NoReturn

from exchange.book.commands import Buy, Pool, Reference, Sell
from exchange.book.events import Rejected
from exchange.price import hold_micros

WORDS = {
    "unit": {"DEVICES", "PFLOPS"},
    "time_in_force": {"GTC", "GTD", "DAY", "IOC", "FOK", "GFA"},
    "firmness": {"FIRM", "RECALLABLE", "SURPLUS"},
    "self_trade": {"CANCEL_NEWEST", "CANCEL_OLDEST", "DECREMENT"},
}


@dataclass
class Order:
    said: Buy
    amount: int
    limit: int
    budget: int | None
    expires: int | None
    arrival: int = 0
    filled: int = 0
    left: int = 0  # of the hold, gross
    spent: int = 0  # gross
    start: int | None = None  # once it has traded
    version: int = 1
    state: str = "OPEN"
    kind = "BUY"

    @property
    def id(self) -> int:
        return self.said.order

    def hold(self, amount: int) -> int:
        return hold_micros(
            unit=self.said.unit,
            amount=amount,
            hours=self.said.hours,
            limit_micros=self.limit,
            vat_bp=self.said.vat_bp,
            budget_micros=self.budget,
        )


@dataclass
class Listing:
    said: Sell
    devices: int
    ask: int
    free: list[int] = field(default_factory=list)
    arrival: int = 0
    left: int = 0  # nothing is held for a listing
    version: int = 1
    state: str = "OPEN"
    kind = "SELL"

    @property
    def id(self) -> int:
        return self.said.listing

    @property
    def window(self) -> range:
        return range(self.said.first_hour, self.said.first_hour + self.said.hours)


class Refusal(Exception):
    def __init__(self, code: str, at: str, facts: dict[str, Any]) -> None:
        self.rejected = Rejected(code=code, field=at, facts=facts)


def refuse(code: str, at: str = "", **facts: Any) -> NoReturn:
    raise Refusal(code, at, facts)


def refuse_if(wrong: bool, code: str, at: str = "", **facts: Any) -> None:
    if wrong:
        refuse(code, at, **facts)


def check_word(name: str, *found: str) -> None:
    refuse_if(not found or not set(found) <= WORDS[name], "E-CHOICE-01", name)


def check_buy(said: Buy, now_s: int, first_open: int) -> None:
    expires, last_start = said.expires_s, said.last_hour - said.hours
    dated, lots = said.time_in_force in ("GTD", "DAY"), said.min_lot_devices != 1
    check_word("unit", said.unit)
    check_word("time_in_force", said.time_in_force)
    check_word("firmness", *said.requires.firmness)
    check_word("self_trade", said.self_trade)
    refuse_if(said.limit_micros % 10_000 != 0, "E-PRICE-01", "limit_micros")
    refuse_if(dated != (expires is not None), "E-EXPIRY-01", "expires_s")
    refuse_if(expires is not None and expires <= now_s, "E-EXPIRY-01", "expires_s")
    refuse_if(lots and not said.splittable, "E-CONFLICT-01", "min_lot_devices")
    refuse_if(said.last_hour * 3600 <= now_s, "E-WINDOW-02", "last_hour")
    refuse_if(last_start < said.first_hour, "E-WINDOW-03", "hours")
    refuse_if(last_start < first_open, "E-GATE-01", "last_hour")


def check_sell(said: Sell, now_s: int, first_open: int) -> None:
    check_word("firmness", said.firmness)
    check_word("self_trade", said.self_trade)
    refuse_if(said.ask_micros % 10_000 != 0, "E-PRICE-01", "ask_micros")
    refuse_if(said.min_devices > said.devices, "E-RANGE-01", "min_devices")
    refuse_if(said.min_hours > said.hours, "E-RANGE-01", "min_hours")
    refuse_if((said.first_hour + said.hours) * 3600 <= now_s, "E-WINDOW-02", "hours")
    refuse_if(said.first_hour < first_open, "E-GATE-01", "first_hour")


def check_limit(order: Order, pools: dict[int, Pool], known: dict[str, Reference]) -> None:
    """No limit is above five times the reference of every chip that might serve."""
    said = order.said
    bounds = [
        (of.price_micros * 5, pool.chip)
        if said.unit == "DEVICES"
        else (of.price_micros * 5 * 1_000_000 // of.nominal_gflops, pool.chip)
        for pool in pools.values()
        if (of := known.get(pool.chip)) and pool.active and might_serve(said, pool)
    ]
    if bounds and order.limit > max(bounds)[0]:
        refuse_collar("limit_micros", order.limit, *max(bounds))


def might_serve(said: Buy, pool: Pool) -> bool:
    wants = said.requires
    return (
        pool.family in (wants.families_allowed or [pool.family])
        and pool.chip in (wants.chips_allowed or [pool.chip])
        and pool.zone in (wants.zones_allowed or [pool.zone])
        and pool.stack == (wants.stack or pool.stack)
        and pool.memory_gb >= wants.min_memory_gb
    )


def check_price(price: int, reference: Reference | None, percent: int) -> None:
    """Nothing is sold below that part of the reference."""
    if reference and price * 100 < reference.price_micros * percent:
        bound = reference.price_micros * percent // 100
        refuse_collar("ask_micros", price, bound, reference.chip)


def refuse_collar(at: str, price: int, bound: int, chip: str) -> NoReturn:
    refuse("E-COLLAR-01", at, price_micros=price, bound_micros=bound, chip=chip)
