"""Random small books: few hours, few devices, prices close together, so that they collide."""

from dataclasses import replace

from hypothesis import strategies as st

from exchange.book import Offer, Want
from exchange.requirement import Requirement
from tests.unit.exchange.books import H100, RICH

TICK = 10_000
SMALL = st.integers(0, 6)


@st.composite
def offers(draw: st.DrawFn, number: int = 1) -> Offer:
    """One listing of at most six devices within a dozen hours."""
    place = replace(
        H100,
        family=draw(st.sampled_from(["nvidia", "ascend"])),
        rtt_us=draw(st.sampled_from([None, 10_000, 30_000])),
        firmness=draw(st.sampled_from(["FIRM", "SURPLUS"])),
    )
    return Offer(
        listing_id=number,
        arrival=number,
        owner=draw(st.sampled_from(["ada", "gwen"])),
        ask_micros=draw(st.integers(90, 110)) * TICK,
        first_hour=100 + draw(st.integers(0, 4)),
        free=tuple(draw(st.lists(SMALL, min_size=1, max_size=8))),
        gflops_per_device=draw(st.sampled_from([400_000, 1_000_000])),
        place=place,
        devices_per_node=draw(st.sampled_from([1, 2])),
        min_devices=draw(st.integers(1, 3)),
        min_hours=draw(st.integers(1, 2)),
    )


@st.composite
def books(draw: st.DrawFn) -> list[Offer]:
    """Up to six listings, each with its own number."""
    count = draw(st.integers(0, 6))
    return [draw(offers(number)) for number in range(1, count + 1)]


@st.composite
def wants(draw: st.DrawFn, number: int = 1) -> Want:
    """One order that such listings might fill."""
    unit = draw(st.sampled_from(["DEVICES", "PFLOPS"]))
    splittable = draw(st.booleans())
    first = 100 + draw(st.integers(0, 4))
    hours = draw(st.integers(1, 3))
    amount = draw(st.integers(1, 8))
    return Want(
        order_id=number,
        arrival=1_000 + number,
        owner=f"buyer {number}",
        requirement=Requirement(
            families_allowed=draw(st.sampled_from([frozenset(), frozenset({"nvidia"})])),
            max_rtt_us=draw(st.sampled_from([None, 20_000])),
            firmness=draw(st.sampled_from([frozenset(), frozenset({"FIRM"})])),
            min_scale_up_gbs=draw(st.sampled_from([0, 300])),
        ),
        unit=unit,
        amount=amount if unit == "DEVICES" else amount * 450_000,
        hours=hours,
        first_hour=first,
        last_hour=first + hours + draw(st.integers(0, 6)),
        limit_micros=draw(st.integers(90, 300)) * TICK,
        purse_micros=draw(st.sampled_from([RICH, 5_000_000, 12_000_000])),
        splittable=splittable,
        min_lot_devices=draw(st.integers(1, 2)) if splittable else 1,
        all_or_none=draw(st.booleans()),
    )
