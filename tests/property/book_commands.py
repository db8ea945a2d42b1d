"""Commands of a small market out of bytes: few members, pools, hours and prices, so that they meet.

A command is a few bytes, one for each choice, and 0 is the plainest: Hypothesis draws them in one
go and shrinks each choice by itself. What stands in the book already is known by its events.
"""

from collections.abc import Callable
from typing import Any

from exchange.book import commands as say
from tests.property.book_awards import AWARDS
from tests.property.book_choices import FIRST, TICK, Choices, Known
from tests.property.book_links import LINKS, WANTED, buy_with_link, link, link_of

WIDTH = 25
OWNERS = {1: "ada", 2: "", 3: "ada", 4: "", 5: ""}
CHIPS = ("A", "B", "C")
EVERYTHING = ("BUYER", "SELLER", "CARRIER")
MODES = ("CANCEL_NEWEST", "CANCEL_NEWEST", "CANCEL_OLDEST", "DECREMENT")


def prelude() -> list[say.Said]:
    """A market that could open: everybody admitted, funded, with pools and references."""
    members = [
        say.Member(member=number, owner=owner, capabilities=EVERYTHING)
        for number, owner in OWNERS.items()
    ]
    funds = [say.Funds(member=number, available_micros=10**9) for number in OWNERS]
    pools = [pool_of(number, Choices(bytes(WIDTH))) for number in (1, 2, 3)]
    links = [link_of(number, Choices(bytes(WIDTH))) for number in LINKS]
    prices = [
        say.Reference(chip=chip, price_micros=100 * TICK, nominal_gflops=1_000_000)
        for chip in CHIPS[:2]
    ]
    clock = say.Clock(now_s=FIRST * 3600, first_open=FIRST + 1)
    limit = say.Limit(most_messages=16)
    return [clock, limit, *members, *funds, *pools, *links, *prices]


def command_of(drawn: bytes, known: Known) -> say.Said | None:
    """Return the command that the bytes mean; None when they say nothing."""
    if not drawn[0]:
        return None
    choices = Choices(drawn[1:])
    # Beside the others, so that the same bytes mean the same days as before there were awards.
    maker = AWARDS.get(drawn[0], KINDS[drawn[0] % len(KINDS)])
    return maker(choices, known)


def _sell(choose: Choices, known: Known) -> say.Said:
    listing = choose.seldom(len(known.listings) + 1, *known.listings[-3:], 1)
    pool = choose.of((1, 2, 3))
    seller = {1: 1, 2: 2, 3: 1}[pool]
    return say.Sell(
        listing=listing,
        member=choose.seldom(seller, 2, 3, 9),
        pool=choose.seldom(pool, 1, 2, 9),
        devices=choose.of((4, 1, 2, 3, 6, 8)) + choose.seldom(0, 20),
        first_hour=known.clock.first_open + choose.of((0, 1, 2, 3, 0, 1, 0)) - choose.seldom(0, 1),
        hours=choose.of((4, 1, 2, 3, 6, 8)),
        ask_micros=choose.of((100, 95, 105, 90, 110, 112, 85, 20)) * TICK + choose.seldom(0, 1),
        min_devices=choose.of((1, 1, 1, 2, 3)),
        min_hours=choose.of((1, 1, 1, 2, 3)),
        firmness=choose.of(("FIRM", "FIRM", "SURPLUS", "FIRM")) + choose.seldom("", "ish"),
        self_trade=choose.of(MODES) + choose.seldom("", "S"),
    )


def _buy(choose: Choices, known: Known) -> say.Said:
    unit = choose.of(("DEVICES", "DEVICES", "PFLOPS"))
    amount = choose.of((2, 1, 3, 4, 6, 8))
    first = known.clock.first_open + choose.of((0, 1, 2, 0, -2)) - choose.seldom(0, 2)
    hours = choose.of((1, 2, 3, 2))
    splittable = choose.of((False, True))
    time_in_force = choose.of(("GTC", "GTC", "IOC", "FOK", "GTD", "DAY", "GFA", "GTC"))
    dated = time_in_force in ("GTD", "DAY")
    whole = amount if unit == "DEVICES" else amount * 450_000
    return say.Buy(
        order=choose.seldom(len(known.orders) + 1, *known.orders[-3:], 1),
        member=choose.seldom(choose.of((4, 3, 5, 1, 2, 4, 5)), 9),
        unit=unit,
        amount=whole,
        hours=hours,
        first_hour=first,
        last_hour=first + hours + choose.of((4, 0, 1, 2, 3)) - choose.seldom(0, 1),
        limit_micros=choose.of((110, 100, 105, 95, 90, 85, 120, 150, 95, 500)) * TICK
        + choose.seldom(0, 1, 9 * TICK * TICK),
        budget_micros=choose.of((None, None, None, None, None, 3_000_000, 6_000_000)),
        vat_bp=choose.of((0, 600)),
        requires=_requires(choose, linked=not splittable),
        city=choose.of(("x", "x", "", "x")),
        workload_class=choose.seldom("TRAINING", "HPC"),
        splittable=splittable,
        min_lot_devices=choose.of((1, 1, 2)) if splittable else choose.seldom(1, 2),
        time_in_force=time_in_force,
        expires_s=known.clock.now_s + choose.of((3600, 1800, 7200, 0)) if dated else None,
        self_trade=choose.of(MODES),
        not_from=_barred(choose, may=time_in_force == "FOK" and not splittable),
    )


def _barred(choose: Choices, *, may: bool) -> tuple[int, ...]:
    """Whom an order passes by, which most may not say."""
    some: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (1, 3))
    byte = choose.of(range(256))
    return some[byte % 4] if may else some[byte % 4 if byte > 245 else 0]


def _requires(choose: Choices, *, linked: bool) -> say.Requires:
    byte, link = choose.of(range(256)), choose.of(range(256))
    asks = (linked and link % 4) or not link % 61
    wanted = WANTED[link // 2 % len(WANTED)] if asks and link else {}
    if byte % 3:
        return say.Requires(**wanted)
    plain: dict[str, Any] = {"firmness": (("FIRM",), ("FIRM", "SURPLUS"))[byte // 3 % 2]}
    strict: tuple[dict[str, Any], ...] = (
        {},
        {"chips_allowed": ("A", "B")},
        {"families_excluded": ("fb",)},
        {"min_scale_up_gbs": 300},
        {"max_rtt_us": 20_000},
        {"zones_allowed": ("z1",), "families_allowed": ("fa", "fb")},
        {"firmness": ()},
        {"min_memory_gb": 64},
    )
    return say.Requires(**plain | strict[byte // 6 % len(strict)] | wanted)


def pool_of(number: int, choose: Choices) -> say.Pool:
    chip = choose.seldom(("A", "A", "B", "C")[number], "A", "B")
    gflops = (1_000_000, 400_000) if number == 1 else (400_000, 1_000_000)
    return say.Pool(
        pool=number,
        seller=choose.seldom({1: 1, 2: 2, 3: 1}[number], 1, 2),
        chip=chip,
        family={"A": "fa", "B": "fb", "C": "fa"}[chip],
        stack="CUDA",
        memory_gb=80 if number != 2 else 40,
        scale_up_gbs=choose.of((900, 900, 100)),
        zone=f"z{number % 2}",
        devices=choose.of((12, 16, 8)),
        devices_per_node=choose.of((2, 1) if number == 1 else (1, 2)),
        gflops={} if number == 3 else {"TRAINING": choose.of(gflops)},
        rtt_us={"x": choose.of((10_000, 30_000))} if number != 3 else {},
        used={FIRST + 2: 1} if number == 2 else {},
        reserved=choose.seldom((), ((FIRST + 3, 2),), ((FIRST + 2, 3), (FIRST + 3, 1))),
        active=choose.seldom(True, False),
    )


def _pool(choose: Choices, known: Known) -> say.Said:
    return pool_of(choose.of((1, 2, 3)), choose)


def _member(choose: Choices, known: Known) -> say.Said:
    number = choose.of((4, 1, 2, 3, 5, 9))
    owner = OWNERS.get(number, "")
    return say.Member(
        member=number,
        owner=choose.of((owner, owner, "bob")),
        state=choose.of(("ADMITTED",) * 4 + ("SUSPENDED",)),
        capabilities=choose.of((EVERYTHING,) * 4 + (("BUYER",), ("SELLER", "CARRIER"))),
    )


def _funds(choose: Choices, known: Known) -> say.Said:
    available = choose.of((10**9, 10**8, 10**7, 3 * 10**6))
    return say.Funds(member=choose.of((4, 1, 2, 3, 5)), available_micros=available)


def _reference(choose: Choices, known: Known) -> say.Said:
    return say.Reference(
        chip=choose.of(CHIPS[:2] * 3 + CHIPS),
        price_micros=choose.of((100, 95, 105, 90)) * TICK,
        nominal_gflops=choose.of((1_000_000, 500_000)),
    )


def _limit(choose: Choices, known: Known) -> say.Said:
    return say.Limit(
        member=choose.of((4, 1, 3, 0)),
        most_order_micros=choose.of((None, None, None, 2 * 10**7, 4 * 10**6)),
        most_order_devices=choose.of((None, None, None, 6, 3)),
        most_open_micros=choose.of((None, None, 10**7)),
        most_messages=choose.of((None, None, None, None, 5, 2)),
    )


def _clock(choose: Choices, known: Known) -> say.Said:
    now_s = (
        known.clock.now_s
        + choose.of((1800, 0, 3600, 600, 7200, 3600, 1))
        + choose.seldom(0, 20_000)
    )
    first_open = now_s // 3600 + 1
    known.clock = say.Clock(
        now_s=now_s - choose.seldom(0, 3600),
        first_open=max(known.clock.first_open, first_open),
        second=choose.of((now_s, known.clock.second, 0)),
    )
    return known.clock


def _recent(choose: Choices, ids: list[int]) -> int:
    return choose.of([*reversed(ids[-8:]), 99] if ids else [99])


def _owner_or(choose: Choices, known: Known, side: str, number: int) -> int:
    return choose.seldom(known.members_of.get((side, number), 1), 1, 4, 0)


def _cancel(choose: Choices, known: Known) -> say.Said:
    order = _recent(choose, known.orders)
    return say.Cancel(order=order, member=_owner_or(choose, known, "BUY", order))


def _withdraw(choose: Choices, known: Known) -> say.Said:
    listing = _recent(choose, known.listings)
    return say.Withdraw(listing=listing, member=_owner_or(choose, known, "SELL", listing))


def _cancel_all(choose: Choices, known: Known) -> say.Said:
    return say.CancelAll(member=choose.of((4, 1, 2, 3, 5, 9)))


def _replace(choose: Choices, known: Known) -> say.Said:
    order = _recent(choose, known.orders)
    version = known.versions.get(("BUY", order), 1)
    limit = choose.of((None, None, 110, 105, 120, 95, 200))
    return say.Replace(
        order=order,
        member=_owner_or(choose, known, "BUY", order),
        version=choose.seldom(version, version + 1),
        amount=choose.of((None, 1, 2, 3, 5, 450_000, 900_000)),
        limit_micros=limit if limit is None else limit * TICK + choose.seldom(0, 1),
        budget_micros=choose.of((None, None, None, 1_000_000, 5_000_000)),
        expires_s=choose.seldom(None, known.clock.now_s + 5400, known.clock.now_s),
    )


def _reprice(choose: Choices, known: Known) -> say.Said:
    listing = _recent(choose, known.listings)
    version = known.versions.get(("SELL", listing), 1)
    ask = choose.of((None, 100, 95, 105, 90, 80, 10))
    return say.Reprice(
        listing=listing,
        member=_owner_or(choose, known, "SELL", listing),
        version=choose.seldom(version, version + 1),
        devices=choose.of((None, 1, 2, 3, 5, 8)),
        ask_micros=ask if ask is None else ask * TICK + choose.seldom(0, 1),
    )


def _halt(choose: Choices, known: Known) -> say.Said:
    scope, subject = choose.of(
        (
            ("MEMBER", "4"),
            ("CHIP", "A"),
            ("MEMBER", "1"),
            ("CHIP", "B"),
            ("MARKET", ""),
            ("ALL", ""),
        )
    )
    return say.Halt(scope=scope, subject=subject, reason=choose.of(("", "storm")))


def _resume(choose: Choices, known: Known) -> say.Said:
    scope, subject = choose.of(sorted(known.halted) or [("MARKET", ""), ("CHIP", "A")])
    return say.Resume(scope=scope, subject=subject)


Maker = Callable[[Choices, Known], say.Said]
OFTEN: tuple[Maker, ...] = (_buy, _sell)
SOMETIMES: tuple[Maker, ...] = (_replace, _reprice, _clock)
SELDOM: tuple[Maker, ...] = (
    _cancel,
    _withdraw,
    _resume,
    _resume,
    _pool,
    link,
    link,
    _member,
    _funds,
    _reference,
    _limit,
    _cancel_all,
    _halt,
)
KINDS: tuple[Maker, ...] = OFTEN * 20 + (buy_with_link,) * 3 + SOMETIMES * 3 + SELDOM
