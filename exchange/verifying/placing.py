"""Checks of each accepted order's place: window, conditions, whole devices, all or none."""

from collections import defaultdict
from collections.abc import Iterable

from exchange.verifying.book import Bid, Node
from exchange.verifying.case import Case, Findings
from exchange.verifying.needs import credits_of, devices_for, lot, rated, unmet
from exchange.verifying.outcome import Accepted, Rect
from exchange.verifying.rows import Finding
from exchange.verifying.space import keeps_ceilings

Cells = dict[tuple[int, int], int]


def by_cell(rects: Iterable[Rect]) -> Cells:
    """Add rectangles up by (what they lie on, hour)."""
    cells: Cells = defaultdict(int)
    for rect in rects:
        for hour in rect.span:
            cells[rect.at, hour] += rect.amount
    return cells


def places(case: Case) -> Findings:
    """Find accepted orders outside their window, or in a node that fails a condition."""
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        for rect in one.placed:
            node = case.book.nodes[rect.at]
            missing = unmet(bid, node)
            if missing:
                yield _found("PLACE", one, f"node {node.code} does not meet its {missing}")
            if rect.first < bid.earliest or rect.first + rect.hours > bid.latest:
                yield _found("WINDOW", one, f"hour {rect.first} on is outside its window")


def shapes(case: Case) -> Findings:
    """Find blocks that are cut, gangs that hand over, and divisible orders below their fill."""
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        if not one.placed:
            yield _found("ALL_OR_NONE", one, "it is accepted and placed nowhere")
        elif bid.divisible:
            yield from _divisible(case, one, bid)
        else:
            yield from _whole(case, one, bid)
        if bid.kind != "GANG" and any(rect.offer is not None for rect in one.placed):
            yield _found("GANG", one, "only a gang is placed on an offer")


def _whole(case: Case, one: Accepted, bid: Bid) -> Findings:
    cells = by_cell(one.placed)
    nodes = {node for node, _ in cells}
    if len(nodes) != 1:
        yield _found("ONE_NODE", one, f"it is placed in {len(nodes)} nodes")
        return
    node = case.book.nodes[nodes.pop()]
    if bid.pflops and not rated(bid, node):
        return
    hours = {hour: devices for (_, hour), devices in cells.items()}
    first = min(one.placed, key=lambda rect: rect.first).first
    first -= _idle(bid.wanted)
    if first < bid.earliest or first + bid.hours > bid.latest:
        yield _found("WINDOW", one, f"from hour {first} on it is not inside its window")
    wanted = {
        first + at: devices_for(bid, node, amount) for at, amount in enumerate(bid.wanted) if amount
    }
    if hours.keys() != wanted.keys():
        yield _found("ALL_OR_NONE", one, f"{len(hours)} hours are placed, not all in a row")
    elif hours != wanted:
        yield _found("DEVICES", one, "an hour has not the devices that its amount takes")
    if bid.kind == "GANG":
        yield from _gang(case, one, bid)


def _idle(wanted: tuple[int, ...]) -> int:
    """Count the hours before a profile's first device."""
    return next(at for at, amount in enumerate(wanted) if amount)


def _gang(case: Case, one: Accepted, bid: Bid) -> Findings:
    offers = {rect.offer for rect in one.placed}
    sellers = {rect.at for rect in one.sold_by}
    if len(offers) != 1 or sellers != offers:
        yield _found("GANG", one, "a gang lies on one offer in all its hours")
        return
    offer = case.book.offers[sellers.pop()]
    if not keeps_ceilings(offer, bid.requires):
        yield _found("CEILING", one, f"offer {offer.number} is above its PUE or carbon ceiling")


def _divisible(case: Case, one: Accepted, bid: Bid) -> Findings:
    cells = by_cell(one.placed)
    delivered: dict[int, int] = defaultdict(int)
    least: dict[int, int] = {}
    for (at, hour), devices in cells.items():
        node = case.book.nodes[at]
        if devices % lot(bid, node):
            yield _found("WHOLE_NODES", one, f"{devices} devices are no whole nodes of {node.code}")
        delivered[hour] += devices * rated(bid, node)
        crumb = _crumb(bid, node)
        least[hour] = min(crumb, least.get(hour, crumb))
    amount = sum(part for _, part in bid.parts)
    if any(delivered[hour] - least[hour] >= amount for hour in delivered):
        yield _found("OVERSHOOT", one, "an hour has a device more than its amount takes")
    capped = {hour: min(amount, found) for hour, found in delivered.items()}
    if sum(capped.values()) - min(least.values()) >= amount * bid.hours:
        yield _found("OVERSHOOT", one, "it has a device-hour more than it wanted in all")
    for (_, part), credited in zip(bid.parts, credits_of(bid, capped), strict=True):
        if credited and credited * 10_000 < bid.min_fill_bp * part * bid.hours:
            yield _found("MIN_FILL", one, f"{credited} of {part * bid.hours} is below its fill")


def _crumb(bid: Bid, node: Node) -> int:
    return rated(bid, node) * lot(bid, node)


def served(case: Case) -> Findings:
    """Find orders whose offers or links do not add up to what they are given."""
    book = case.book
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        sold: Cells = defaultdict(int)
        for (at, hour), devices in by_cell(one.sold_by).items():
            sold[book.offers[at].node, hour] += devices
        if sold != by_cell(one.placed):
            yield _found("SOLD", one, "its offers do not add up to where it is placed")
        carried: Cells = defaultdict(int)
        for (at, hour), gbps in by_cell(one.carried_by).items():
            carried[book.links[at].arc, hour] += gbps
        if carried != link_cells(case, one, bid):
            yield _found("CARRIED", one, "its links do not carry what it asks in each hour")


def link_cells(case: Case, one: Accepted, bid: Bid) -> Cells:
    """Return the Gbit/s by (arc, hour) that an accepted order takes."""
    if not bid.link_gbps or not one.placed:
        return {}
    zone = case.book.nodes[one.placed[0].at].zone
    arc = case.book.arc_at.get((zone, bid.city))
    if arc is None:
        return {}
    first = min(rect.first for rect in one.placed) - _idle(bid.wanted)
    hours = range(max(0, first), min(first + bid.hours, case.book.hours))
    return {(arc, hour): bid.link_gbps for hour in hours}


def arcs(case: Case) -> Findings:
    """Find linked orders in a zone from which no link leads to their city."""
    for one in case.outcome.accepted:
        bid = case.bid_of(one)
        for rect in one.placed:
            zone = case.book.nodes[rect.at].zone
            if bid.linked and (zone, bid.city) not in case.book.arc_at:
                yield _found("NO_LINK", one, f"no link leads from {zone} to {bid.city}")


def _found(code: str, one: Accepted, sentence: str) -> Finding:
    return Finding(code, f"order {one.order}", sentence)
