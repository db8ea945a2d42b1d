"""The smallest yes: what would have served an order at the published prices."""

from dataclasses import dataclass, replace
from typing import Final

from exchange.verifying.best import NOWHERE
from exchange.verifying.book import (
    GFLOPS_PER_PFLOPS,
    MOST_DEVICES,
    TICK_MICROS,
    Bid,
    Order,
    Requires,
)
from exchange.verifying.case import Case
from exchange.verifying.needs import block_worth, rated, unmet

ASKS_NOTHING: Final = Requires(
    frozenset(), frozenset(), frozenset(), "", 0, 0, 0, None, frozenset(), frozenset(), None, None
)
CONDITIONS: Final = (
    "families_allowed", "families_excluded", "chips_allowed", "stack", "min_memory_gb",
    "min_scale_up_gbs", "min_scale_out_gbps", "max_rtt_us", "firmness", "zones_allowed",
    "max_pue_thousandths", "max_carbon_g_per_kwh",
)  # fmt: skip


@dataclass(frozen=True)
class SmallestYes:
    """What would have changed an order's fate, each None (or empty) where it would not.

    `limit_micros` is the least limit, per the bid's own unit and hour, that its cheapest place
    is worth; `wider_limit_micros` the same with an hour more at either end of the window, and
    `wider_saves_micros` what that would save; `without` the conditions of which any one, given
    up, leaves a place; `amount` the most (of the bid's unit) for which there is one, 0 for none.
    """

    limit_micros: int | None
    wider_limit_micros: int | None
    wider_saves_micros: int | None
    without: tuple[str, ...] = ()
    amount: int = 0


def smallest_yes(case: Case, order: Order, bid: Bid) -> SmallestYes:
    """Return what would have served one alternative of an order, others left aside."""
    cost = _least_cost(case, order, bid)
    if cost is None:
        without = _without(case, order, bid)
        return SmallestYes(None, None, None, without, 0 if without else _most(case, order, bid))
    wider = _least_cost(case, order, _wider(bid, case.book.hours))
    limit = _limit_for(bid, cost)
    if wider is None or wider.amount != cost.amount:
        return SmallestYes(limit, None, None)
    saves = max(0, cost.micros - wider.micros)
    return SmallestYes(limit, _limit_for(bid, wider), saves)


def nearest_yes(case: Case, order: Order) -> tuple[Bid, SmallestYes]:
    """Return the alternative that misses least of being worth its price, and what it misses."""
    found = [(bid, smallest_yes(case, order, bid)) for bid in order.bids]
    return min(found, key=lambda one: _missing(one[0].parts[0][0], one[1]))


def _missing(limit_micros: int, yes: SmallestYes) -> tuple[bool, int]:
    if yes.limit_micros is None:
        return True, 0
    return False, yes.limit_micros - limit_micros


@dataclass(frozen=True)
class _Cost:
    """What an amount times hours costs at its cheapest."""

    micros: int
    amount: int


def _wider(bid: Bid, hours: int) -> Bid:
    earliest, latest = max(0, bid.earliest - 1), min(hours, bid.latest + 1)
    return replace(bid, earliest=earliest, latest=latest)


def _scale(bid: Bid) -> int:
    return GFLOPS_PER_PFLOPS if bid.pflops else 1


def _limit_for(bid: Bid, cost: _Cost) -> int:
    limit = -(-cost.micros * _scale(bid) // cost.amount)
    return limit if bid.pflops else -(-limit // TICK_MICROS) * TICK_MICROS


def _least_cost(case: Case, order: Order, bid: Bid) -> _Cost | None:
    """Return what the bid's whole (first) amount costs at its cheapest; None without a place."""
    market = case.markets.published
    if not market.fits(_alone(order, bid)):
        return None
    if bid.divisible:
        return _cheapest_hours(case, bid)
    # At a limit beyond any price nothing is lost: what surplus is short of the worth is the cost.
    most = MOST_DEVICES * case.book.price_most_micros * _scale(bid)
    high = replace(bid, parts=((most, bid.parts[0][1]),))
    surplus = market.best(_alone(order, high)).surplus_micros
    return _Cost(block_worth(high) - surplus, sum(bid.wanted))


def _cheapest_hours(case: Case, bid: Bid) -> _Cost:
    """Return the cost of the first part in its cheapest hours, fewer where fewer are offered."""
    market = case.markets.published
    units = market.eligible.cheapest(bid, market.space, market.costs)[bid.earliest : bid.latest]
    cheapest = sorted(int(unit) for unit in units if unit < NOWHERE)[: bid.hours]
    amount = bid.parts[0][1]
    return _Cost(-(-amount * sum(cheapest) // _scale(bid)), amount * len(cheapest))


def _alone(order: Order, bid: Bid) -> Order:
    return replace(order, bids=(bid,), parent=None, budget_micros=None)


def _most(case: Case, order: Order, bid: Bid) -> int:
    """Return the greatest amount of a block or gang that has a place, found by halving."""
    if bid.profile or bid.divisible:
        return 0
    limit, amount = bid.parts[0]
    fits, least = case.markets.published.fits, 0
    while amount - least > 1:
        middle = (least + amount) // 2
        if fits(_alone(order, replace(bid, parts=((limit, middle),)))):
            least = middle
        else:
            amount = middle
    return least


def _without(case: Case, order: Order, bid: Bid) -> tuple[str, ...]:
    """Return the conditions of which any one, given up, leaves a place."""
    given_up = [
        (name, replace(bid, requires=replace(bid.requires, **{name: getattr(ASKS_NOTHING, name)})))
        for name in CONDITIONS
        if getattr(bid.requires, name) != getattr(ASKS_NOTHING, name)
    ]
    if bid.linked:
        given_up.append(("link", replace(bid, link_gbps=0, move_gb=0)))
    fits = case.markets.published.fits
    return tuple(name for name, without in given_up if fits(_alone(order, without)))


def left_device_hours(case: Case, bid: Bid) -> int:
    """Return the device-hours in the bid's window that were left at or under its limit.

    Closed offers are left out: they sell nothing.
    """
    closed = set(case.outcome.closed_offers)
    left = 0
    for at, offer in enumerate(case.book.offers):
        node = case.book.nodes[offer.node]
        if offer.number in closed or unmet(bid, node):
            continue
        limit = bid.parts[0][0] * rated(bid, node) // _scale(bid)
        devices = sum(part for ask, part in offer.steps if ask <= limit)
        first, end = max(bid.earliest, offer.first), min(bid.latest, offer.first + offer.hours)
        left += sum(max(0, devices - int(case.sold[at, hour])) for hour in range(first, end))
    return left
