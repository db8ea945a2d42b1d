"""An arriving order meets resting listings; the price is the listing's ask."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from exchange.book.fit import (
    affordable,
    block_fits,
    cheapest_link,
    devices_for,
    first_start,
    free_runs,
)
from exchange.book.sides import Fill, Match, Offer, Want
from exchange.requirement import Sieve


def match_order(want: Want, offers: Iterable[Offer]) -> Match:
    """Fill the order from the offers: the lowest landed total, then start, then arrival.

    All at one site takes one listing or none; a splittable order takes lots that share
    their start. When the best offer is the buyer's own, the rest is not filled.
    """
    sieve = Sieve(want.requirement)
    eligible = [offer for offer in offers if sieve.passes(offer.place)]
    return _in_lots(want, eligible) if want.splittable else _at_one_site(want, eligible)


def _at_one_site(want: Want, offers: Sequence[Offer]) -> Match:
    """Look at the cheapest first, and at nothing dearer than the first that fits."""
    best: tuple[int, int, int] | None = None
    chosen: tuple[Offer, Fill] | None = None
    whole = [(devices_for(want, offer, want.amount), offer) for offer in offers]
    for devices, offer in sorted(whole, key=lambda d: d[0] * d[1].ask_micros):
        value = offer.ask_micros * devices * want.hours
        if best is not None and value > best[0]:
            break
        fill = _whole_fill(want, offer, devices)
        if fill is None:
            continue
        rank = (fill.landed_micros, fill.first_hour, offer.arrival)
        if best is None or rank < best:
            best, chosen = rank, (offer, fill)
    if chosen is None:
        return Match()
    if chosen[0].owner == want.owner:
        return Match(met_itself=True)
    return Match((chosen[1],))


def _whole_fill(want: Want, offer: Offer, devices: int) -> Fill | None:
    if not block_fits(want, offer, devices) or not affordable(
        want, price_micros=offer.ask_micros, devices=devices, credited=want.amount
    ):
        return None
    if want.requirement.linked:
        return _with_link(want, offer, devices)
    start = first_start(want, offer, devices)
    return None if start is None else _fill(want, offer, devices, start, want.amount)


def _with_link(want: Want, offer: Offer, devices: int) -> Fill | None:
    """Return the block with the link that costs least, then the earliest start."""
    fills = []
    for start, free in free_runs(want, offer):
        link = cheapest_link(want, offer, start) if free >= devices else None
        if link is not None:
            fill = _fill(want, offer, devices, start, want.amount)
            cost = want.link_micros(link)
            fills.append(replace(fill, link_id=link.link_id, link_micros=cost))
    best = min(fills, key=lambda fill: (fill.link_micros, fill.first_hour), default=None)
    if best is None or not affordable(
        want,
        price_micros=best.price_micros,
        devices=devices,
        credited=best.credited,
        link_micros=best.link_micros,
    ):
        return None
    return best


def _in_lots(want: Want, offers: Sequence[Offer]) -> Match:
    """Of all starts, take the one that fills most, then costs least, then comes first."""
    best: tuple[int, int, int] | None = None
    match = Match()
    for start, tried in lots_by_start(want, offers):
        filled = sum(fill.credited for fill in tried.fills)
        rank = (-filled, sum(fill.value_micros for fill in tried.fills), start)
        if (filled or tried.met_itself) and (best is None or rank < best):
            best, match = rank, tried
    short = sum(fill.credited for fill in match.fills) < want.amount
    if want.all_or_none and short:
        return Match(met_itself=match.met_itself)
    return match


def lots_by_start(want: Want, offers: Sequence[Offer]) -> Iterator[tuple[int, Match]]:
    """Yield what a splittable order would get at each possible start, earliest first.

    Each offer's hours are looked at once, whatever the number of starts.
    """
    ranked = sorted(offers, key=lambda o: (_unit_price(want, o), o.arrival))
    free_at: dict[int, list[tuple[Offer, int]]] = {}
    for offer in ranked:
        if want.hours >= offer.min_hours:
            for start, free in free_runs(want, offer):
                free_at.setdefault(start, []).append((offer, free))
    for start in sorted(free_at):
        yield start, _lots_from(want, start, free_at[start])


def _unit_price(want: Want, offer: Offer) -> Fraction:
    return Fraction(offer.ask_micros, want.rated(offer, 1))


def _lots_from(want: Want, start: int, free: Sequence[tuple[Offer, int]]) -> Match:
    fills: list[Fill] = []
    amount, purse = want.amount, want.purse_micros
    for offer, devices_free in free:
        lot = lot_of(want, offer, devices_free, amount, offer.ask_micros, purse)
        if not lot:
            continue
        if offer.owner == want.owner:
            return Match(tuple(fills), met_itself=True)
        fills.append(_fill(want, offer, lot, start, min(want.rated(offer, lot), amount)))
        amount -= fills[-1].credited
        purse -= fills[-1].value_micros
        if not amount:
            break
    return Match(tuple(fills))


def lot_of(
    want: Want, offer: Offer, free: int, amount: int, price_micros: int, purse_micros: int
) -> int:
    """Return the devices of one lot at a price, or 0 when no lot is possible.

    Where the overshoot of the last granule would break the limit, one fewer is taken.
    """
    granule = want.granule(offer)
    most = min(free // granule * granule, devices_for(want, offer, amount))
    most = min(most, purse_micros // (price_micros * want.hours) // granule * granule)
    for devices in (most, most - granule):
        if devices >= max(1, want.min_lot_devices, offer.min_devices) and affordable(
            want,
            price_micros=price_micros,
            devices=devices,
            credited=min(want.rated(offer, devices), amount),
        ):
            return devices
    return 0


def _fill(want: Want, offer: Offer, devices: int, start: int, credited: int) -> Fill:
    return Fill(
        order_id=want.order_id,
        listing_id=offer.listing_id,
        devices=devices,
        first_hour=start,
        hours=want.hours,
        price_micros=offer.ask_micros,
        credited=credited,
    )
