"""Why an order is not filled: how many offers survive each condition."""

from collections.abc import Sequence

from exchange.book.fit import affordable, block_fits, cheapest_link, devices_for, free_runs
from exchange.book.order import lot_of
from exchange.book.sides import Offer, SieveStep, Want
from exchange.requirement import CONDITIONS, Sieve


def sieve_of(want: Want, offers: Sequence[Offer]) -> tuple[SieveStep, ...]:
    """Return the steps from all open offers to those that would fill (part of) the order."""
    steps = [SieveStep("OPEN", len(offers))]
    sieve = Sieve(want.requirement)
    failed = [sieve.failed(offer.place) for offer in offers]
    alive = list(range(len(offers)))
    for code in CONDITIONS:
        alive = [index for index in alive if code not in failed[index]]
        steps.append(SieveStep(code, len(alive)))
    rest = [offers[index] for index in alive]
    rest = [offer for offer in rest if any(free for _, free in free_runs(want, offer))]
    steps.append(SieveStep("WINDOW", len(rest)))
    rest = [offer for offer in rest if _enough(want, offer)]
    steps.append(SieveStep("AMOUNT", len(rest)))
    rest = [offer for offer in rest if link_micros(want, offer) is not None]
    steps.append(SieveStep("LINK", len(rest)))
    rest = [offer for offer in rest if _cheap_enough(want, offer)]
    steps.append(SieveStep("PRICE", len(rest)))
    return tuple(steps)


def _most_free(want: Want, offer: Offer) -> int:
    return max((free for _, free in free_runs(want, offer)), default=0)


def _enough(want: Want, offer: Offer) -> bool:
    whole = devices_for(want, offer, want.amount)
    least = max(want.min_lot_devices, offer.min_devices) if want.splittable else whole
    return _most_free(want, offer) >= least and block_fits(want, offer, max(whole, least))


def _cheap_enough(want: Want, offer: Offer) -> bool:
    if want.splittable:
        free = _most_free(want, offer)
        return lot_of(want, offer, free, want.amount, offer.ask_micros, want.purse_micros) > 0
    return affordable(
        want,
        price_micros=offer.ask_micros,
        devices=devices_for(want, offer, want.amount),
        credited=want.amount,
        link_micros=link_micros(want, offer) or 0,
    )


def link_micros(want: Want, offer: Offer) -> int | None:
    """Return what the cheapest link free with the devices costs; 0: none is wanted."""
    if not want.requirement.linked:
        return 0
    whole = devices_for(want, offer, want.amount)
    starts = [start for start, free in free_runs(want, offer) if free >= whole]
    links = (cheapest_link(want, offer, start) for start in starts)
    return min((want.link_micros(link) for link in links if link is not None), default=None)
