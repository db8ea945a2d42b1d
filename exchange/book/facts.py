"""Facts as they are told: members, pools, funds, references, limits. Nothing trades by them."""

from typing import Final

from exchange.book.commands import Funds, Limit, Member, Pool, Reference
from exchange.book.events import Happened
from exchange.book.standing import reshelve_member, reshelve_pool
from exchange.book.state import State
from exchange.book.stock import Stock
from exchange.units import BP

# Of the reference price, in basis points: the most that an arriving buy pays.
BUY_NOW_BP: Final = 11_000


def tell_pool(state: State, said: Pool) -> list[Happened]:
    """Put the pool's facts in force; what was used counts when the pool first appears."""
    stock = state.stocks.get(said.pool)
    if stock is None:
        stock = Stock(said, state.chip(said.chip))
        state.stocks[said.pool] = stock
    else:
        _count_sort(state, stock.facts, -1)
        stock.reserve(stock.facts.reserved, said.reserved)
        stock.be(said, state.chip(said.chip))
        past = len(stock.kinds)
        stock.kinds = {}
        reshelve_pool(state, stock)
        state.tidy(changed=past)
    _count_sort(state, said, 1)
    return []


def _count_sort(state: State, pool: Pool, change: int) -> None:
    if not pool.active:
        return
    sort = (pool.chip, pool.family, pool.stack, pool.zone, pool.memory_gb)
    count = state.sorts.get(sort, 0)
    if not count + change:
        del state.sorts[sort]
    else:
        state.sorts[sort] = count + change
    if not count or not count + change:
        state.unband()


def tell_member(state: State, said: Member) -> list[Happened]:
    """Put the member's standing in force."""
    seat = state.seat(said.member)
    seat.known = True
    seat.owner_told = said.owner
    seat.owner = said.owner or f"member:{said.member}"
    seat.capabilities = said.capabilities
    seat.state = said.state
    if seat.trades != seat.stand():
        reshelve_member(state, seat)
    return []


def tell_funds(state: State, said: Funds) -> list[Happened]:
    """Put in force what the member has available."""
    state.seat(said.member).available = said.available_micros
    return []


def tell_reference(state: State, said: Reference) -> list[Happened]:
    """Put the chip's reference price in force."""
    chip = state.chip(said.chip)
    chip.price = said.price_micros
    chip.nominal = said.nominal_gflops
    chip.bound = said.price_micros * BUY_NOW_BP // BP
    state.unband()
    state.priced = True
    return []


def tell_limit(state: State, said: Limit) -> list[Happened]:
    """Put the limits of a member, or of everybody, in force."""
    if said.member:
        seat = state.seat(said.member)
        seat.limit = seat.most = said
    else:
        state.everyone = said
        for seat in state.seats.values():
            seat.most = seat.limit or said
    return []
