"""Slow and obviously right: try every offer at every start, by the rules as they are written."""

from fractions import Fraction

from exchange.book import Offer, Want
from exchange.requirement import mismatches

Rectangle = tuple[int, int, int, int]  # listing, devices, start, price


def free_at(offer: Offer, start: int, hours: int) -> int:
    """Devices free in all the hours from `start` on; 0 outside the offer."""
    slots = [hour - offer.first_hour for hour in range(start, start + hours)]
    if any(not 0 <= slot < len(offer.free) for slot in slots):
        return 0
    return min(offer.free[slot] for slot in slots)


def step(want: Want, offer: Offer) -> int:
    return offer.devices_per_node if want.requirement.min_scale_up_gbs else 1


def rated(want: Want, offer: Offer, devices: int) -> int:
    return devices * (offer.gflops_per_device if want.unit == "PFLOPS" else 1)


def allowed(want: Want, offer: Offer, devices: int, credited: int, purse: int) -> bool:
    value = offer.ask_micros * devices * want.hours
    scale = 1_000_000 if want.unit == "PFLOPS" else 1
    limit = Fraction(want.limit_micros * credited * want.hours, scale)
    return value <= limit and value <= purse


def whole(want: Want, offer: Offer, amount: int) -> int:
    devices = step(want, offer)
    while rated(want, offer, devices) < amount:
        devices += step(want, offer)
    return devices


def at_one_site(want: Want, offers: list[Offer]) -> Rectangle | None:
    """The cheapest, then earliest, then first rectangle that fills the whole order."""
    ranked = []
    for offer in offers:
        devices = whole(want, offer, want.amount)
        if mismatches(want.requirement, offer.place):
            continue
        if devices < offer.min_devices or want.hours < offer.min_hours:
            continue
        if not allowed(want, offer, devices, want.amount, want.purse_micros):
            continue
        for start in want.starts():
            if free_at(offer, start, want.hours) >= devices:
                value = offer.ask_micros * devices * want.hours
                rank = (value, start, offer.arrival)
                ranked.append((rank, (offer.listing_id, devices, start, offer.ask_micros)))
    return min(ranked)[1] if ranked else None


def in_lots(want: Want, offers: list[Offer]) -> list[Rectangle]:
    """Of all starts the one that fills most, then costs least, then comes first."""
    fitting = [
        offer
        for offer in offers
        if not mismatches(want.requirement, offer.place) and want.hours >= offer.min_hours
    ]
    fitting.sort(key=lambda o: (Fraction(o.ask_micros, rated(want, o, 1)), o.arrival))
    tried = []
    for start in want.starts():
        lots: list[Rectangle] = []
        amount, purse, spent = want.amount, want.purse_micros, 0
        for offer in fitting:
            if not amount:
                break
            devices = _lot(want, offer, start, amount, purse)
            if devices:
                lots.append((offer.listing_id, devices, start, offer.ask_micros))
                amount -= min(amount, rated(want, offer, devices))
                purse -= offer.ask_micros * devices * want.hours
                spent += offer.ask_micros * devices * want.hours
        if lots:
            tried.append(((amount, spent, start), lots))
    best = min(tried, key=lambda t: t[0])[1] if tried else []
    left = min(tried, key=lambda t: t[0])[0][0] if tried else want.amount
    return [] if want.all_or_none and left else best


def _lot(want: Want, offer: Offer, start: int, amount: int, purse: int) -> int:
    unit = step(want, offer)
    most = min(free_at(offer, start, want.hours), whole(want, offer, amount))
    while most % unit or offer.ask_micros * most * want.hours > purse:
        most -= 1
    for devices in (most, most - unit):
        credited = min(amount, rated(want, offer, max(devices, 0)))
        if devices >= max(1, want.min_lot_devices, offer.min_devices) and allowed(
            want, offer, devices, credited, purse
        ):
            return devices
    return 0
