"""An arriving listing meets resting orders; the price is the order's, floored to the tick."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from exchange.book.fit import block_fits, cheapest_link, devices_for, free_runs
from exchange.book.sides import Fill, Match, Offer, Want
from exchange.price import SCALE, floor_tick
from exchange.requirement import satisfies

Pair = tuple[Want, Offer]


def match_listing(pairs: Sequence[Pair]) -> Match:
    """Sell the listing to the orders that pay most per device-hour, then arrived first.

    Each pair is a resting order and the listing as that order sees it (network,
    conversion factor). Stops when the best order is the seller's own.
    """
    waiting = [(want, offer) for want, offer in pairs if satisfies(want.requirement, offer.place)]
    fills: list[Fill] = []
    while waiting:
        found = [(pair, fill) for pair in waiting if (fill := _best_fill(*pair)) is not None]
        if not found:
            break
        (want, offer), fill = min(found, key=lambda f: (-f[1].price_micros, f[0][0].arrival))
        if want.owner == offer.owner:
            return Match(tuple(fills), met_itself=True)
        fills.append(fill)
        gbps = want.requirement.link_gbps
        waiting = [_after(pair, fill, gbps) for pair, _ in found if not _served(pair[0], fill)]
    return Match(tuple(fills))


def _best_fill(want: Want, offer: Offer) -> Fill | None:
    """Return the block for the order: the most devices, then the earliest start."""
    if want.requirement.linked:
        return _best_with_link(want, offer)
    whole = devices_for(want, offer, want.amount)
    best: Fill | None = None
    for start, free in free_runs(want, offer):
        devices = min(whole, free // want.granule(offer) * want.granule(offer))
        if best is not None and devices <= best.devices:
            continue
        fill = _block(want, offer, start, devices)
        if fill is not None and (want.splittable or fill.credited == want.amount):
            best = fill
    return best


def _best_with_link(want: Want, offer: Offer) -> Fill | None:
    """Return the block, of the whole amount, that pays most beside its link, then the earliest."""
    devices = devices_for(want, offer, want.amount)
    fills = []
    for start, free in free_runs(want, offer):
        link = cheapest_link(want, offer, start) if free >= devices else None
        if link is not None:
            cost = want.link_micros(link)
            fill = _block(want, offer, start, devices, cost)
            if fill is not None:
                fills.append(replace(fill, link_id=link.link_id, link_micros=cost))
    return min(fills, key=lambda fill: (-fill.price_micros, fill.first_hour), default=None)


def _block(want: Want, offer: Offer, start: int, devices: int, link_micros: int = 0) -> Fill | None:
    least = max(1, want.min_lot_devices if want.splittable else 1)
    if devices < least or not block_fits(want, offer, devices):
        return None
    credited = min(want.rated(offer, devices), want.amount)
    scale, device_hours = SCALE[want.unit], devices * want.hours
    by_limit = want.limit_micros * credited * want.hours - link_micros * scale
    by_purse = want.purse_micros - link_micros
    price = floor_tick(min(by_limit // (scale * device_hours), by_purse // device_hours))
    if price < offer.ask_micros:
        return None
    return Fill(want.order_id, offer.listing_id, devices, start, want.hours, price, credited)


def _served(want: Want, fill: Fill) -> bool:
    return want.order_id == fill.order_id and fill.credited >= want.amount


def _after(pair: Pair, fill: Fill, gbps: int) -> Pair:
    """Return the pair as it stands after the fill, which took so much of its link."""
    want, offer = pair
    hours = range(fill.first_hour, fill.first_hour + fill.hours)
    begin = fill.first_hour - offer.first_hour
    free = tuple(
        devices - fill.devices if begin <= index < begin + fill.hours else devices
        for index, devices in enumerate(offer.free)
    )
    if want.order_id == fill.order_id:
        want = replace(
            want,
            amount=want.amount - fill.credited,
            purse_micros=want.purse_micros - fill.value_micros,
            fixed_start=fill.first_hour,
        )
    links = tuple(
        replace(link, sold=Counter(link.sold) + Counter(dict.fromkeys(hours, gbps)))
        if link.link_id == fill.link_id
        else link
        for link in offer.links
    )
    return want, replace(offer, free=free, links=links)
