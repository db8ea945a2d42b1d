"""The mixes in the book's own language."""

from collections.abc import Iterable, Iterator

from bench.mixes import BUY, CANCEL, CHIPS, MEMORIES_GB, RTTS_MS, SELL, Plain, Required
from exchange.book.commands import (
    Buy,
    Cancel,
    Clock,
    Funds,
    Member,
    Pool,
    Requires,
    Said,
    Sell,
    Withdraw,
)
from exchange.units import TICK_MICROS

BUYER, SELLER = 1, 2
FIRST_HOUR = 500_000
EVERYTHING = 2**48
CITY = "c"


def traders() -> Iterator[Said]:
    """Open the market: one buyer with funds without end, one seller."""
    yield Clock(now_s=(FIRST_HOUR - 2) * 3_600, first_open=FIRST_HOUR)
    yield Member(member=BUYER, capabilities=("BUYER",))
    yield Member(member=SELLER, capabilities=("SELLER",))
    yield Funds(member=BUYER, available_micros=2**60)


def one_pool() -> Iterator[Said]:
    """Add one pool that is never short."""
    yield Pool(pool=1, seller=SELLER, chip="k0", devices=EVERYTHING)


def all_pools() -> Iterator[Said]:
    """Add a pool for each chip, memory and round trip of the mix."""
    for chip in range(CHIPS):
        for memory in MEMORIES_GB:
            for rtt in RTTS_MS:
                yield Pool(
                    pool=pool_of(chip, memory, rtt),
                    seller=SELLER,
                    chip=f"k{chip}",
                    memory_gb=memory,
                    rtt_us={CITY: rtt * 1_000},
                    devices=EVERYTHING,
                )


def pool_of(chip: int, memory: int, rtt: int) -> int:
    """Return the number of the pool with these facts."""
    place = MEMORIES_GB.index(memory) * len(RTTS_MS) + RTTS_MS.index(rtt)
    return 1 + chip * len(MEMORIES_GB) * len(RTTS_MS) + place


def said_plainly(operations: Iterable[Plain]) -> list[Said]:
    """Return the one-product mix: listings and splittable orders of one and the same hour."""
    side: dict[int, int] = {}
    said: list[Said] = []
    for kind, price, quantity, number in operations:
        side[number] = kind
        if kind == CANCEL:
            own = side[price] == BUY
            said.append(
                Cancel(order=price, member=BUYER) if own else Withdraw(listing=price, member=SELLER)
            )
        elif kind == SELL:
            said.append(listing(number, 1, quantity, 0, 1, price))
        else:
            said.append(
                Buy(
                    order=number,
                    member=BUYER,
                    amount=quantity,
                    hours=1,
                    first_hour=FIRST_HOUR,
                    last_hour=FIRST_HOUR + 1,
                    limit_micros=price * TICK_MICROS,
                    splittable=True,
                )
            )
    return said


def said_with_requirements(operations: Iterable[Required]) -> list[Said]:
    """Return the mix with requirements: what an order cannot get at once, it does not want."""
    said: list[Said] = []
    for kind, number, chip, memory, rtt, first, last, price, quantity in operations:
        if kind == CANCEL:
            said.append(Withdraw(listing=number, member=SELLER))
        elif kind == SELL:
            pool = pool_of(chip, memory, rtt)
            said.append(listing(number, pool, quantity, first, last - first, price))
        else:
            said.append(order(number, chip, memory, rtt, (first, last), price, quantity))
    return said


def listing(number: int, pool: int, devices: int, first: int, hours: int, ask: int) -> Sell:
    """Return a listing of one of the pools; `ask` is in ticks, `first` counts from the gate."""
    return Sell(
        listing=number,
        member=SELLER,
        pool=pool,
        devices=devices,
        first_hour=FIRST_HOUR + first,
        hours=hours,
        ask_micros=ask * TICK_MICROS,
    )


def order(
    number: int,
    chip: int,
    memory: int,
    rtt: int,
    window: tuple[int, int],
    limit: int,
    devices: int,
    time_in_force: str = "IOC",
) -> Buy:
    """Return an order for the whole of a window; `limit` is in ticks."""
    first, last = window
    return Buy(
        order=number,
        member=BUYER,
        amount=devices,
        hours=last - first,
        first_hour=FIRST_HOUR + first,
        last_hour=FIRST_HOUR + last,
        limit_micros=limit * TICK_MICROS,
        requires=Requires(
            chips_allowed=(f"k{chip}",), min_memory_gb=memory, max_rtt_us=rtt * 1_000
        ),
        city=CITY,
        splittable=True,
        time_in_force=time_in_force,
    )
