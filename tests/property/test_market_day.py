"""A day of orders and listings: nothing is oversold, and a replay is the same day."""

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.book import Fill, Offer, Want, match_listing, match_order
from exchange.posting import Line, Posting
from exchange.sharing import share_out
from tests.property.books import offers, wants


@dataclass
class Market:
    """The thinnest market around the pure book: rows in lists, no database."""

    listings: dict[int, Offer]
    orders: dict[int, Want]
    fills: list[Fill]

    def list(self, offer: Offer) -> None:
        self.listings[offer.listing_id] = offer
        self._apply(match_listing([(want, offer) for want in self.orders.values()]).fills)

    def order(self, want: Want) -> None:
        self.orders[want.order_id] = want
        self._apply(match_order(want, self.listings.values()).fills)
        if want.all_or_none:
            self.orders.pop(want.order_id, None)

    def _apply(self, fills: tuple[Fill, ...]) -> None:
        for fill in fills:
            self.fills.append(fill)
            offer, want = self.listings[fill.listing_id], self.orders[fill.order_id]
            slots = range(fill.first_hour - offer.first_hour, len(offer.free))[: fill.hours]
            free = tuple(
                count - fill.devices if slot in slots else count
                for slot, count in enumerate(offer.free)
            )
            self.listings[fill.listing_id] = replace(offer, free=free)
            left = want.amount - fill.credited
            self.orders[fill.order_id] = replace(
                want,
                amount=left,
                purse_micros=want.purse_micros - fill.value_micros,
                fixed_start=fill.first_hour,
            )
        self.orders = {number: want for number, want in self.orders.items() if want.amount}


@st.composite
def days(draw: st.DrawFn) -> list[Offer | Want]:
    """Up to ten arrivals of either side."""
    count = draw(st.integers(1, 10))
    return [draw(st.one_of(offers(number), wants(number))) for number in range(1, count + 1)]


def trade(day: list[Offer | Want]) -> Market:
    """Let a day's arrivals trade."""
    market = Market({}, {}, [])
    for arrival in day:
        market.list(arrival) if isinstance(arrival, Offer) else market.order(arrival)
    return market


@settings(max_examples=100, deadline=None)
@given(days())
def test_capacity_is_never_oversold_and_no_order_overfilled(day: list[Offer | Want]) -> None:
    market = trade(day)

    assert all(count >= 0 for offer in market.listings.values() for count in offer.free)
    for want in (arrival for arrival in day if isinstance(arrival, Want)):
        mine = [fill for fill in market.fills if fill.order_id == want.order_id]
        assert sum(fill.credited for fill in mine) <= want.amount
        assert sum(fill.value_micros for fill in mine) <= want.purse_micros
        assert len({fill.first_hour for fill in mine}) <= 1


@settings(max_examples=60, deadline=None)
@given(days())
def test_a_replay_is_the_same_day(day: list[Offer | Want]) -> None:
    assert trade(day) == trade(list(day))


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9))
def test_shares_add_up_and_none_is_off_by_one_crumb(total: int, weights: list[int]) -> None:
    if not sum(weights):
        return
    parts = share_out(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(st.lists(st.integers(-(10**9), 10**9).filter(bool), min_size=1, max_size=6))
def test_a_posting_closed_by_its_rest_is_balanced(amounts: list[int]) -> None:
    rest = -sum(amounts)
    lines = [Line(f"a{index}", amount) for index, amount in enumerate(amounts)]
    if rest:
        lines.append(Line("rest", rest))

    assert sum(line.amount_micros for line in Posting("k", tuple(lines)).lines) == 0
