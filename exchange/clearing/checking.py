"""A book is checked row by row before anything is computed."""

from collections.abc import Iterable, Iterator

from exchange.clearing.book import TICK_MICROS, Bid, Book, Link, Node, Offer, Order
from exchange.clearing.refusals import RequirementRefused, RowRefused, TwiceInBook, UnknownRow
from exchange.units import BP

MOST_HOURS = 800
MOST_ROWS = 200_000
MOST_DEVICES = 1_000_000
MOST_GFLOPS = 100_000_000_000
MOST_PRICE_MICROS = 1_000_000_000
# Everything is computed in 64 bits: no product and no sum may come near their end.
MOST_MICROS = 10**18
MOST_NUMBER = 2**63 - 1
MOST_STEPS = 50
MOST_ALTERNATIVES = 20
Fault = tuple[str, str]  # the field, and what is wrong with it


def check(book: Book) -> Book:
    """Return the book; refuse the first row that cannot be cleared, naming its field."""
    _check_rows(_of_book(book), "book")
    for name, rows, ids in (
        ("node", book.nodes, [row.node for row in book.nodes]),
        ("offer", book.offers, [row.offer for row in book.offers]),
        ("link", book.links, [row.link for row in book.links]),
        ("order", book.orders, [row.order for row in book.orders]),
    ):
        if len(rows) > MOST_ROWS:
            raise RowRefused(f"{name}s", row="book", why=f"has more than {MOST_ROWS} rows")
        _once(name, ids)
    for node in book.nodes:
        _check_rows(_of_node(node), f"node {node.node}")
    _check_offers(book)
    for link in book.links:
        _check_rows(_of_link(link, book), f"link {link.link}")
    _check_orders(book)
    _check_sums(book)
    return book


def _check_sums(book: Book) -> None:
    """Refuse a book whose money does not fit the machine's whole numbers."""
    wanted = sum(bid.worth_micros for order in book.orders for bid in order.alternatives)
    asked = sum(
        offer.start_up_micros
        + max(ask for ask, _ in offer.curve) * sum(n for _, n in offer.curve) * offer.hours
        for offer in book.offers
    )
    for field, micros in (("orders", wanted), ("offers", asked)):
        if micros > MOST_MICROS:
            raise RowRefused(field, row="book", why=f"are worth more than {MOST_MICROS} micros")


def _check_rows(faults: Iterable[Fault], row: str) -> None:
    for field, why in faults:
        raise RowRefused(field, row=row, why=why)


def _once(name: str, ids: Iterable[object]) -> None:
    seen: set[object] = set()
    for number in ids:
        if number in seen:
            raise TwiceInBook(name, row=f"{name} {number}")
        seen.add(number)


def _between(field: str, value: int, least: int, most: int) -> Iterator[Fault]:
    if not least <= value <= most:
        yield field, f"is {value}, outside {least} to {most}"


def _on_tick(field: str, value: int, least: int = TICK_MICROS) -> Iterator[Fault]:
    yield from _between(field, value, least, MOST_PRICE_MICROS)
    if value % TICK_MICROS:
        yield field, f"is {value}, not on the tick of {TICK_MICROS} micros"


def _of_book(book: Book) -> Iterator[Fault]:
    yield from _between("hours", book.hours, 1, MOST_HOURS)
    yield from _between("vat_bp", book.vat_bp, 0, BP)
    yield from _between("price_most_micros", book.price_most_micros, 1, MOST_PRICE_MICROS)
    yield from _between("first_hour", book.first_hour, 0, MOST_NUMBER)
    if not book.nodes:
        yield "nodes", "is empty"


def _of_node(node: Node) -> Iterator[Fault]:
    if not node.node or ">" in node.node:
        yield "node", "must have a code without '>'"
    yield from _between("devices_per_node", node.devices_per_node, 0, MOST_DEVICES)
    for name in ("memory_gb", "scale_up_gbs", "scale_out_gbps"):
        yield from _between(name, getattr(node, name), 0, MOST_GFLOPS)
    for rated in node.gflops.values():
        yield from _between("gflops", rated, 1, MOST_GFLOPS)
    for micros in node.rtt_us.values():
        yield from _between("rtt_us", micros, 0, MOST_GFLOPS)


def _of_window(row: Offer | Link, book: Book) -> Iterator[Fault]:
    yield from _between("first_hour", row.first_hour, 0, book.hours - 1)
    yield from _between("hours", row.hours, 1, book.hours - row.first_hour)
    yield from _between("arrival", row.arrival, 0, MOST_NUMBER)


def _check_offers(book: Book) -> None:
    nodes = {node.node for node in book.nodes}
    for offer in book.offers:
        row = f"offer {offer.offer}"
        _check_rows(_of_offer(offer, book), row)
        if offer.node not in nodes:
            raise UnknownRow("node", row=row, named=offer.node)


def _of_offer(offer: Offer, book: Book) -> Iterator[Fault]:
    yield from _between("offer", offer.offer, 0, MOST_NUMBER)
    yield from _of_window(offer, book)
    if offer.steps and (offer.ask_micros or offer.devices):
        yield "steps", "stands beside ask_micros or devices"
    yield from _of_steps(offer)
    yield from _between("min_devices", offer.min_devices, 1, MOST_DEVICES)
    yield from _between("pue_thousandths", offer.pue_thousandths, 0, MOST_DEVICES)
    yield from _between("carbon_g_per_kwh", offer.carbon_g_per_kwh, 0, MOST_DEVICES)
    yield from _between("start_up_micros", offer.start_up_micros, 0, MOST_MICROS)
    yield from _between("min_sold_bp", offer.min_sold_bp, 0, BP)


def _of_steps(offer: Offer) -> Iterator[Fault]:
    ask_field, devices_field = ("steps", "steps") if offer.steps else ("ask_micros", "devices")
    yield from _between("steps", len(offer.steps), 0, MOST_STEPS)
    last = 0
    for ask, devices in offer.curve:
        yield from _on_tick(ask_field, ask)
        yield from _between(ask_field, ask, last + 1, MOST_PRICE_MICROS)
        yield from _between(devices_field, devices, 1, MOST_DEVICES)
        last = ask


def _of_link(link: Link, book: Book) -> Iterator[Fault]:
    yield from _between("link", link.link, 0, MOST_NUMBER)
    for name, value in (("zone", link.zone), ("city", link.city)):
        if not value or ">" in value:
            yield name, "must be named, without '>'"
    yield from _of_window(link, book)
    yield from _between("gbps", link.gbps, 1, MOST_DEVICES)
    price = link.price_micros_per_gbps_hour
    yield from _between("price_micros_per_gbps_hour", price, 0, MOST_PRICE_MICROS)
    yield from _between("price_micros_per_gb", link.price_micros_per_gb, 0, MOST_PRICE_MICROS)


def _check_orders(book: Book) -> None:
    parents = {order.order: order.parent for order in book.orders}
    for order in book.orders:
        row = f"order {order.order}"
        _check_rows(_of_order(order), row)
        if order.parent is not None and order.parent not in parents:
            raise UnknownRow("parent", row=row, named=order.parent)
        for number, bid in enumerate(order.alternatives):
            name = row if len(order.alternatives) == 1 else f"{row} alternative {number}"
            _check_rows(_of_bid(bid, book), name)
            _check_conditions(bid, name)
    _check_circles(parents)


def _check_circles(parents: dict[int, int | None]) -> None:
    known: set[int] = set()
    for start in parents:
        path: list[int] = []
        order: int | None = start
        while order is not None and order not in known:
            if order in path:
                raise RowRefused("parent", row=f"order {order}", why="leads back to the order")
            path.append(order)
            order = parents[order]
        known.update(path)


def _of_order(order: Order) -> Iterator[Fault]:
    yield from _between("order", order.order, 0, MOST_NUMBER)
    yield from _between("arrival", order.arrival, 0, MOST_NUMBER)
    yield from _between("alternatives", len(order.alternatives), 1, MOST_ALTERNATIVES)
    if order.budget_micros is not None:
        yield from _between("budget_micros", order.budget_micros, 0, MOST_MICROS)


def _of_bid(bid: Bid, book: Book) -> Iterator[Fault]:
    yield from _between("earliest", bid.earliest, 0, book.hours - 1)
    yield from _between("hours", bid.hours, 1, book.hours)
    yield from _between("latest", bid.latest, bid.earliest + bid.hours, book.hours)
    if (bid.kind == "PROFILE") != bool(bid.profile):
        yield "profile", "belongs to a bid of kind PROFILE, and only there"
    if bid.steps and (bid.kind != "DIVISIBLE" or bid.amount or bid.limit_micros):
        yield "steps", "belongs to a bid of kind DIVISIBLE without amount and limit_micros"
    if bid.profile and (bid.amount or bid.hours != len(bid.profile)):
        yield "profile", "stands beside amount or hours"
    if bid.profile and not any(bid.profile):
        yield "profile", "asks for nothing in any hour"
    yield from _amounts(bid)
    yield from _between("min_fill_bp", bid.min_fill_bp, 0, BP)
    yield from _between("link_gbps", bid.link_gbps, 0, MOST_DEVICES)
    yield from _between("move_gb", bid.move_gb, 0, MOST_DEVICES * 100)
    if (bid.link_gbps or bid.move_gb) and not bid.city:
        yield "city", "is needed for a link"


def _amounts(bid: Bid) -> Iterator[Fault]:
    most = MOST_DEVICES if bid.unit == "DEVICES" else MOST_GFLOPS
    yield from _between("steps", len(bid.steps), 0, MOST_STEPS)
    for amount in bid.profile:
        yield from _between("profile", amount, 0, most)
    last = MOST_PRICE_MICROS + 1
    for limit, amount in bid.steps:
        yield from _between("steps", amount, 1, most)
        yield from _limit("steps", limit, bid.unit)
        yield from _between("steps", limit, 1, last - 1)
        last = limit
    if not bid.steps:
        yield from _limit("limit_micros", bid.limit_micros, bid.unit)
        if not bid.profile:
            yield from _between("amount", bid.amount, 1, most)


def _limit(field: str, limit: int, unit: str) -> Iterator[Fault]:
    if unit == "DEVICES":
        yield from _on_tick(field, limit)
    yield from _between(field, limit, 1, MOST_PRICE_MICROS)


def _check_conditions(bid: Bid, row: str) -> None:
    asked = {
        "max_pue_thousandths": bid.requires.max_pue_thousandths is not None and bid.kind != "GANG",
        "max_carbon_g_per_kwh": bid.requires.max_carbon_g_per_kwh is not None
        and bid.kind != "GANG",
        "link_gbps": bool(bid.link_gbps) and bid.kind == "DIVISIBLE",
        "move_gb": bool(bid.move_gb) and bid.kind == "DIVISIBLE",
        "min_fill_bp": bool(bid.min_fill_bp) and bid.kind != "DIVISIBLE",
    }
    for field, wrong in asked.items():
        if wrong:
            raise RequirementRefused(field, row=row, kind=bid.kind)
