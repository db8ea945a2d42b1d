"""How many devices an order takes of an offer, and when they are free together."""

from collections import deque
from collections.abc import Iterator

from exchange.book.sides import LinkOffer, Offer, Want
from exchange.price import within_limit
from exchange.units import ceil_div


def devices_for(want: Want, offer: Offer, amount: int) -> int:
    """Return the whole devices (or nodes) of the offer that cover the amount."""
    per_granule = want.rated(offer, want.granule(offer))
    return ceil_div(amount, per_granule) * want.granule(offer)


def block_fits(want: Want, offer: Offer, devices: int) -> bool:
    """Tell whether a block is not below the smallest that either side allows."""
    return devices >= offer.min_devices and want.hours >= offer.min_hours


def affordable(
    want: Want, *, price_micros: int, devices: int, credited: int, link_micros: int = 0
) -> bool:
    """Tell whether a block at that price, with its link, stays within limit and purse."""
    value = price_micros * devices * want.hours + link_micros
    return value <= want.purse_micros and within_limit(
        value_micros=value,
        unit=want.unit,
        credited=credited,
        hours=want.hours,
        limit_micros=want.limit_micros,
    )


def first_start(want: Want, offer: Offer, devices: int) -> int | None:
    """Return the earliest hour from which the devices are free for all the hours."""
    return next((start for start, free in free_runs(want, offer) if free >= devices), None)


def cheapest_link(want: Want, offer: Offer, start: int) -> LinkOffer | None:
    """Return the link that costs the order least of those free for all its hours, then by id."""
    hours = range(start, start + want.hours)
    gbps = want.requirement.link_gbps
    free = [link for link in offer.links if link.carries(gbps, hours)]
    return min(free, key=lambda link: (want.link_micros(link), link.link_id), default=None)


def free_runs(want: Want, offer: Offer) -> Iterator[tuple[int, int]]:
    """Yield each possible start with the devices that are free for all the order's hours.

    A sliding minimum: one pass over the offer's hours.
    """
    starts = want.starts()
    lowest: deque[int] = deque()
    begin = max(starts.start, offer.first_hour) - offer.first_hour
    until = min(starts.stop - 1 + want.hours, offer.first_hour + len(offer.free))
    for index in range(begin, until - offer.first_hour):
        while lowest and offer.free[lowest[-1]] >= offer.free[index]:
            lowest.pop()
        lowest.append(index)
        first = index - want.hours + 1
        if first < begin:
            continue
        if lowest[0] < first:
            lowest.popleft()
        yield offer.first_hour + first, offer.free[lowest[0]]
