"""Checks of offers and links: what they have, what they ask, and the order in which they sell."""

import numpy as np

from exchange.verifying.book import Offer
from exchange.verifying.case import Case, Findings, ask_of_last
from exchange.verifying.rows import Finding


def offers_hold(case: Case) -> Findings:
    """Find offers sold outside their window, beyond their devices, or below their smallest part."""
    for offer, sold in case.used_offers():
        row = f"offer {offer.number}"
        inside = range(offer.first, offer.first + offer.hours)
        for hour in (hour for hour, devices in enumerate(sold) if devices):
            if hour not in inside:
                yield Finding("OFFER_WINDOW", row, f"it is sold in hour {hour}, outside its window")
            if sold[hour] > offer.devices:
                yield Finding(
                    "OVERSOLD", row, f"{sold[hour]} of {offer.devices} are sold in hour {hour}"
                )
            if sold[hour] < offer.min_devices:
                yield Finding(
                    "MIN_DEVICES", row, f"{sold[hour]} in hour {hour} is below its smallest part"
                )


def sellers_gain(case: Case) -> Findings:
    """Find devices sold below their ask."""
    prices = case.outcome.prices
    for offer, sold in case.used_offers():
        for hour, devices in enumerate(sold):
            price = int(prices[offer.node, hour])
            if devices and price < ask_of_last(offer, devices):
                yield Finding(
                    "SELLER_LOSS",
                    f"offer {offer.number}",
                    f"hour {hour} is priced {price}, it asks {ask_of_last(offer, devices)}",
                )


def block_offers(case: Case) -> Findings:
    """Find block offers sold in part, short of their start-up cost, or closed and sold."""
    used = {offer.number for offer, _ in case.used_offers()}
    for offer, sold in case.used_offers():
        if offer.block:
            yield from _block_offer(case, offer, sold)
    idle = [offer.number for offer in case.book.offers if offer.block and offer.number not in used]
    if sorted(idle) != list(case.outcome.closed_offers):
        yield Finding("CLOSED", "closed_offers", f"the block offers that sell nothing are {idle}")


def _block_offer(case: Case, offer: Offer, sold: list[int]) -> Findings:
    row = f"offer {offer.number}"
    if sum(sold) < offer.sold_least:
        yield Finding(
            "MIN_SOLD", row, f"{sum(sold)} device-hours of at least {offer.sold_least} are sold"
        )
    prices = case.outcome.prices[offer.node].tolist()
    earned = sum(_margin(offer, prices[hour], devices) for hour, devices in enumerate(sold))
    if earned < offer.start_up_micros:
        yield Finding("START_UP", row, f"it earns {earned} of its start-up {offer.start_up_micros}")


def _margin(offer: Offer, price: int, devices: int) -> int:
    total = 0
    for ask, most in offer.steps:
        total += (price - ask) * min(devices, most)
        devices -= min(devices, most)
    return total


def links_hold(case: Case) -> Findings:
    """Find links that carry outside their window, beyond their Gbit/s, or below their price."""
    for at in np.flatnonzero(case.carried.any(axis=1)):
        link = case.book.links[at]
        row, inside = f"link {link.number}", range(link.first, link.first + link.hours)
        for hour in np.flatnonzero(case.carried[at]).tolist():
            gbps, price = int(case.carried[at, hour]), int(case.outcome.link_prices[link.arc, hour])
            if hour not in inside:
                yield Finding("LINK_WINDOW", row, f"it carries in hour {hour}, outside its window")
            if gbps > link.gbps:
                yield Finding("LINK_FULL", row, f"{gbps} of {link.gbps} Gbit/s in hour {hour}")
            if price < link.price_micros:
                yield Finding("LINK_LOSS", row, f"hour {hour} is priced {price}")


def links_in_order(case: Case) -> Findings:
    """Find a link that carries while a cheaper one of its arc has room."""
    book = case.book
    merit = sorted(
        range(len(book.links)),
        key=lambda at: (book.links[at].price_micros, book.links[at].arrival, book.links[at].number),
    )
    room = np.zeros((len(book.arcs), book.hours), np.bool_)
    for at in merit:
        link = book.links[at]
        for hour in np.flatnonzero(room[link.arc] & (case.carried[at] > 0)).tolist():
            yield Finding(
                "LINK_MERIT", f"link {link.number}", f"a cheaper link has room in hour {hour}"
            )
        window = slice(link.first, link.first + link.hours)
        room[link.arc, window] |= case.carried[at, window] < link.gbps
