"""The merit order inside a node and hour, and equal offers' shares at the margin."""

from collections import defaultdict

import numpy as np

from exchange.verifying.book import Book, Offer
from exchange.verifying.case import Case, Findings
from exchange.verifying.rows import Finding
from exchange.verifying.space import Grid

Rank = tuple[int, int, int]
FREE = np.int64(2**62)


def merit_order(case: Case) -> Findings:
    """Find dearer devices sold while cheaper ones are free, and ties that are not shared."""
    ranks = _Ranks(case.book)
    top = np.full((len(case.book.nodes), case.book.hours), -1, np.int64)
    free = np.full_like(top, FREE)
    for at, offer in enumerate(case.book.offers):
        window = slice(offer.first, offer.first + offer.hours)
        used, gangs = case.sold[at, window], case.sold_to_gangs[at, window]
        last, following = ranks.last_and_next(at, used)
        held = (used <= gangs) | offer.block
        if offer.min_devices > 1:
            held |= used <= offer.min_devices
            following = np.where(used == 0, FREE, following)
        if offer.number in case.outcome.closed_offers:
            following = np.full_like(following, FREE)
        _keep(np.maximum, top[offer.node, window], np.where(held, -1, last))
        _keep(np.minimum, free[offer.node, window], following)
    for node, hour in np.argwhere(top > free).tolist():
        yield Finding(
            "MERIT",
            f"node {case.book.nodes[node].code} hour {hour}",
            "a dearer device is sold while a cheaper one is free",
        )
    yield from _ties(case, ranks, top, free)


def _keep(which: np.ufunc, kept: Grid, found: Grid) -> None:
    which(kept, found, out=kept)


class _Ranks:
    """The place of each step in the merit order of the whole book: ask, PUE, carbon."""

    def __init__(self, book: Book) -> None:
        every = sorted({rank for offer in book.offers for rank in _ranks_of(offer)})
        at = {rank: number for number, rank in enumerate(every)}
        self.of_offer = [[at[rank] for rank in _ranks_of(offer)] for offer in book.offers]
        self._ends = [np.cumsum([devices for _, devices in offer.steps]) for offer in book.offers]

    def last_and_next(self, at: int, used: Grid) -> tuple[Grid, Grid]:
        """Return by hour the rank of the last device sold (-1) and of the next free one."""
        ranks = np.array([*self.of_offer[at], FREE], np.int64)
        last = ranks[np.searchsorted(self._ends[at], used, side="left")]
        following = ranks[np.searchsorted(self._ends[at], used, side="right")]
        return np.where((used > 0) & (last != FREE), last, -1), following


def _ranks_of(offer: Offer) -> list[Rank]:
    return [(ask, offer.pue_thousandths, offer.carbon_g_per_kwh) for ask, _ in offer.steps]


def _ties(case: Case, ranks: _Ranks, top: Grid, free: Grid) -> Findings:
    """Check the shares of equal steps where some are sold and some are free."""
    members: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, offer in enumerate(case.book.offers):
        for rank in ranks.of_offer[at]:
            members[offer.node, rank].append(at)
    for node, hour in np.argwhere(top == free).tolist():
        rank = int(top[node, hour])
        tied = [at for at in members[node, rank] if _stands(case.book.offers[at], hour)]
        tied = [at for at in tied if case.book.offers[at].number not in case.outcome.closed_offers]
        if len(tied) > 1 and all(_simple(case, at, hour) for at in tied):
            yield from _shares(case, ranks, rank, tied, hour)


def _stands(offer: Offer, hour: int) -> bool:
    return offer.first <= hour < offer.first + offer.hours


def _simple(case: Case, at: int, hour: int) -> bool:
    """Tell whether the offer may be sold in any number of devices, to anybody."""
    offer = case.book.offers[at]
    return not (offer.block or offer.min_devices > 1 or case.sold_to_gangs[at, hour])


def _shares(case: Case, ranks: _Ranks, rank: int, tied: list[int], hour: int) -> Findings:
    offers = [case.book.offers[at] for at in tied]
    steps = [ranks.of_offer[at].index(rank) for at in tied]
    most = [offer.steps[step][1] for offer, step in zip(offers, steps, strict=True)]
    before = [
        sum(devices for _, devices in offer.steps[:step])
        for offer, step in zip(offers, steps, strict=True)
    ]
    sold = [
        min(whole, max(0, int(case.sold[at, hour]) - lower))
        for at, whole, lower in zip(tied, most, before, strict=True)
    ]
    wanted = _pro_rata(sum(sold), most, offers)
    for offer, got, right in zip(offers, sold, wanted, strict=True):
        if got != right:
            yield Finding(
                "MERIT_TIE",
                f"offer {offer.number}",
                f"hour {hour}: {got} of its equal devices are sold, its share is {right}",
            )


def _pro_rata(total: int, weights: list[int], offers: list[Offer]) -> list[int]:
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_rest = sorted(
        range(len(weights)),
        key=lambda at: (-(total * weights[at] % whole), offers[at].arrival, offers[at].number),
    )
    for at in by_rest[: total - sum(parts)]:
        parts[at] += 1
    return parts
