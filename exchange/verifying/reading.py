"""From the JSON of a book to the book: strict, and by the format's document alone."""

from collections.abc import Hashable, Iterable
from itertools import pairwise

from exchange.verifying.book import (
    MOST_DEVICES,
    MOST_GFLOPS,
    MOST_HOURS,
    Bid,
    Book,
    Link,
    Node,
    Offer,
    Order,
    Requires,
    hours_of,
    money_of,
    price_of,
)
from exchange.verifying.rows import MOST_MICROS, Row, Unreadable

KINDS = ("DIVISIBLE", "BLOCK", "GANG", "PROFILE")
UNITS = ("DEVICES", "PFLOPS")


def read_book(data: object) -> Book:
    """Decode a book; raises Unreadable at the first row that the format refuses."""
    row = Row(data, "book")
    auction = row.text("auction")
    row.whole("first_hour", 0)
    row.take("seed")
    hours = row.whole("hours", least=1, most=MOST_HOURS)
    nodes = tuple(_node(one) for one in row.rows("nodes", "node"))
    _once((node.code for node in nodes), "node")
    at = {node.code: index for index, node in enumerate(nodes)}
    links = row.rows("links", "link")
    arcs = tuple(sorted({(one.text("zone"), one.text("city")) for one in links}))
    orders = tuple(_order(one, hours) for one in row.rows("orders", "order"))
    book = Book(
        auction,
        hours,
        row.whole("vat_bp", 600, most=10_000),
        row.whole("price_most_micros", 50_000_000, least=1, most=MOST_MICROS),
        nodes,
        arcs,
        tuple(_offer(one, at, hours) for one in row.rows("offers", "offer")),
        tuple(_link(one, arcs, hours) for one in links),
        orders,
    )
    row.done()
    _once((offer.number for offer in book.offers), "offer")
    _once((link.number for link in book.links), "link")
    _once((order.number for order in orders), "order")
    _no_rings(book)
    return book


def _once(keys: Iterable[Hashable], what: str) -> None:
    seen: set[Hashable] = set()
    for key in keys:
        if key in seen:
            raise Unreadable(f"book {what} {key}", what, "this number is there twice")
        seen.add(key)


def _no_rings(book: Book) -> None:
    for order in book.orders:
        seen = {order.number}
        parent = order.parent
        while parent is not None:
            if parent in seen or parent not in book.order_of:
                raise Unreadable(
                    f"book order {order.number}", "parent", "no such parent, or a ring"
                )
            seen.add(parent)
            parent = book.order_of[parent].parent


def _node(row: Row) -> Node:
    row.text("class", "")
    node = Node(
        row.text("node"),
        row.text("zone", ""),
        row.text("firmness", ""),
        row.text("chip", ""),
        row.text("family", ""),
        row.text("stack", ""),
        row.whole("memory_gb", 0),
        row.whole("scale_up_gbs", 0),
        row.whole("scale_out_gbps", 0),
        row.whole("devices_per_node", 0, most=MOST_DEVICES),
        row.table("gflops", least=1),
        row.table("rtt_us"),
    )
    row.done()
    return node


def _offer(row: Row, at: dict[str, int], hours: int) -> Offer:
    number = row.whole("offer")
    code = row.text("node")
    if code not in at:
        raise row.fail("node", f"there is no node {code}")
    first, length = hours_of(row, hours)
    row.text("site", "")
    offer = Offer(
        number,
        row.whole("seller", 0),
        at[code],
        row.whole("arrival", number),
        first,
        length,
        _asks(row),
        row.whole("min_devices", 1, least=1, most=MOST_DEVICES),
        row.whole("pue_thousandths", 1000),
        row.whole("carbon_g_per_kwh", 0),
        money_of(row, "start_up_micros"),
        row.whole("min_sold_bp", 0, most=10_000),
    )
    row.done()
    return offer


def _asks(row: Row) -> tuple[tuple[int, int], ...]:
    if "steps" not in row:
        return ((price_of(row, "ask_micros"), _devices(row, "devices")),)
    steps = row.pairs("steps", lambda step: (price_of(step, "price"), _devices(step, "amount")))
    if any(low >= high for (low, _), (high, _) in pairwise(steps)):
        raise row.fail("steps", "asks must rise")
    return tuple(steps)


def _devices(row: Row, field: str) -> int:
    return row.whole(field, least=1, most=MOST_DEVICES)


def _link(row: Row, arcs: tuple[tuple[str, str], ...], hours: int) -> Link:
    number = row.whole("link")
    first, length = hours_of(row, hours)
    link = Link(
        number,
        row.whole("carrier", 0),
        arcs.index((row.text("zone"), row.text("city"))),
        row.whole("arrival", number),
        first,
        length,
        row.whole("gbps", least=1, most=MOST_DEVICES),
        row.whole("price_micros_per_gbps_hour", 0, most=MOST_MICROS),
        row.whole("price_micros_per_gb", 0, most=MOST_MICROS),
    )
    row.done()
    return link


def _order(row: Row, hours: int) -> Order:
    number = row.whole("order")
    row.whole("arrival", number)
    buyer, parent, budget = row.whole("buyer", 0), row.maybe("parent"), row.maybe("budget_micros")
    if "alternatives" in row:
        bids = tuple(_bid(one, hours) for one in row.rows("alternatives", "alternative"))
        row.done()
    else:
        bids = (_bid(row, hours),)
    if not bids:
        raise row.fail("alternatives", "at least one is wanted")
    return Order(number, buyer, parent, budget, bids)


def _bid(row: Row, hours: int) -> Bid:
    kind = row.choice("kind", KINDS)
    pflops = row.choice("unit", UNITS, "DEVICES") == "PFLOPS"
    earliest = row.whole("earliest", 0, most=hours - 1)
    latest = row.whole("latest", hours, least=earliest + 1, most=hours)
    profile = row.wholes("profile", most=MOST_GFLOPS if pflops else MOST_DEVICES)
    if (kind == "PROFILE") != bool(profile) or (profile and not any(profile)):
        raise row.fail("profile", "amounts by hour are wanted for a PROFILE, and only there")
    bid = Bid(
        kind,
        pflops,
        _parts(row, kind, profile, pflops=pflops),
        profile,
        len(profile) or row.whole("hours", latest - earliest, least=1, most=latest - earliest),
        earliest,
        latest,
        row.whole("min_fill_bp", 0, most=10_000),
        _requires(Row(row.take("requires", {}), f"{row.name} requires"), kind),
        row.text("city", ""),
        row.whole("link_gbps", 0, most=MOST_DEVICES),
        row.whole("move_gb", 0, most=MOST_DEVICES * 100),
        row.text("workload_class", "TRAINING"),
    )
    if bid.linked and (not bid.city or bid.divisible):
        raise row.fail("link_gbps", "a link needs a city, and no divisible order takes one")
    if bid.hours > latest - earliest:
        raise row.fail("profile", "the window is shorter than the profile")
    row.done()
    return bid


def _parts(
    row: Row, kind: str, profile: tuple[int, ...], *, pflops: bool
) -> tuple[tuple[int, int], ...]:
    most = MOST_GFLOPS if pflops else MOST_DEVICES
    if profile:
        return ((price_of(row, "limit_micros", on_tick=not pflops), 0),)
    if "steps" not in row:
        limit = price_of(row, "limit_micros", on_tick=not pflops)
        return ((limit, row.whole("amount", least=1, most=most)),)
    steps = row.pairs(
        "steps",
        lambda step: (
            price_of(step, "price", on_tick=not pflops),
            step.whole("amount", least=1, most=most),
        ),
    )
    if kind != "DIVISIBLE" or any(high <= low for (high, _), (low, _) in pairwise(steps)):
        raise row.fail("steps", "limits must fall, and only a divisible order has steps")
    return tuple(steps)


def _requires(row: Row, kind: str) -> Requires:
    found = Requires(
        row.texts("families_allowed"),
        row.texts("families_excluded"),
        row.texts("chips_allowed"),
        row.text("stack", ""),
        row.whole("min_memory_gb", 0),
        row.whole("min_scale_up_gbs", 0),
        row.whole("min_scale_out_gbps", 0),
        row.maybe("max_rtt_us"),
        row.texts("firmness"),
        row.texts("zones_allowed"),
        row.maybe("max_pue_thousandths"),
        row.maybe("max_carbon_g_per_kwh"),
    )
    if kind != "GANG" and (found.max_pue_thousandths, found.max_carbon_g_per_kwh) != (None, None):
        raise row.fail("max_pue_thousandths", "only a GANG has one place whose ceiling can hold")
    row.done()
    return found
