"""Commands about links: few of them, narrow, so that orders meet on them."""

from exchange.book import commands as say
from tests.property.book_choices import FIRST, TICK, Choices, Known

LINKS = (1, 2, 3, 4)
# What orders ask of a link.
WANTED: tuple[dict[str, int], ...] = (
    {"link_gbps": 2},
    {"link_gbps": 1},
    {"link_gbps": 2, "move_gb": 2},
    {"move_gb": 8},
    {"link_gbps": 1, "max_rtt_us": 20_000},
)


def buy_with_link(choose: Choices, known: Known) -> say.Said:
    """A plain order that wants a link and can pay for it: such orders meet on few links."""
    return say.Buy(
        order=len(known.orders) + 1,
        member=choose.of((4, 3, 5, 1, 2)),
        amount=choose.of((1, 2, 3)),
        hours=choose.of((2, 1, 3)),
        first_hour=known.clock.first_open + choose.of((0, 1, 0)),
        last_hour=known.clock.first_open + choose.of((4, 5, 6)),
        limit_micros=choose.of((150, 120, 110)) * TICK,
        vat_bp=choose.of((0, 600)),
        requires=say.Requires(**choose.of(WANTED)),
        city="x",
    )


def link_of(number: int, choose: Choices) -> say.Link:
    """Two links from either zone to the city: dear and wide, cheap and narrow."""
    dear = number % 2
    return say.Link(
        link=number,
        carrier={1: 5, 2: 3, 3: 2, 4: 5}[number],
        zone=choose.seldom(f"z{number // 3}", "z0", "z1", "z2"),
        city=choose.seldom("x", "y"),
        gbps=choose.of((3, 2, 4) if dear else (2, 3, 4, 1)),
        price_micros_per_gbps_hour=choose.of((5, 2, 10, 5) if dear else (2, 5, 0, 1)) * TICK
        + choose.seldom(0, 1, 3),
        price_micros_per_gb=choose.of((1, 3, 0)) * TICK,
        rtt_us=choose.of((15_000, 25_000) if dear else (25_000, 15_000)),
        used={FIRST + 3: 1} if number == 2 else {},
        active=choose.seldom(True, False),
    )


def link(choose: Choices, known: Known) -> say.Said:
    return link_of(choose.of(LINKS), choose)
