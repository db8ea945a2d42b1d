"""Laws of the continuous book, for any order and any offers."""

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.book import Fill, Offer, Want, match_listing, match_order
from exchange.price import SCALE
from exchange.requirement import satisfies
from tests.property.books import books, offers, wants
from tests.property.reference_matcher import at_one_site, free_at, in_lots

MANY = settings(max_examples=150, deadline=None)


def assert_lawful(want: Want, fills: tuple[Fill, ...], listings: list[Offer]) -> None:
    """Nobody beyond limit, purse, amount, window or what is free; blocks as both sides ask."""
    by_id = {offer.listing_id: offer for offer in listings}
    assert sum(fill.credited for fill in fills) <= want.amount
    assert sum(fill.value_micros for fill in fills) <= want.purse_micros
    assert len({fill.first_hour for fill in fills}) <= 1
    for fill in fills:
        offer = by_id[fill.listing_id]
        limit = want.limit_micros * fill.credited * want.hours
        assert fill.value_micros * SCALE[want.unit] <= limit
        assert fill.price_micros >= offer.ask_micros
        assert want.first_hour <= fill.first_hour <= want.last_hour - want.hours
        assert 0 < fill.devices <= free_at(offer, fill.first_hour, want.hours)
        assert fill.devices >= offer.min_devices
        assert want.hours >= offer.min_hours
        assert satisfies(want.requirement, offer.place)
        assert want.requirement.min_scale_up_gbs == 0 or not fill.devices % offer.devices_per_node
    if not want.splittable:
        assert len(fills) <= 1
        assert all(fill.credited == want.amount for fill in fills)


@MANY
@given(wants(), books())
def test_an_arriving_order_is_filled_lawfully(want: Want, listings: list[Offer]) -> None:
    match = match_order(want, listings)

    assert_lawful(want, match.fills, listings)
    assert all(
        fill.price_micros == listings[fill.listing_id - 1].ask_micros for fill in match.fills
    )
    if want.all_or_none and match.fills:
        assert sum(fill.credited for fill in match.fills) == want.amount


@MANY
@given(wants(), books())
def test_the_matcher_agrees_with_the_slow_reference(want: Want, listings: list[Offer]) -> None:
    fills = [
        (fill.listing_id, fill.devices, fill.first_hour, fill.price_micros)
        for fill in match_order(want, listings).fills
    ]

    if want.splittable:
        assert fills == in_lots(want, listings)
    else:
        best = at_one_site(want, listings)
        assert fills == ([] if best is None else [best])


@MANY
@given(wants(), books(), st.randoms(use_true_random=False))
def test_the_order_in_which_offers_are_listed_is_irrelevant(
    want: Want, listings: list[Offer], chance: object
) -> None:
    shuffled = list(listings)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert match_order(want, shuffled) == match_order(want, listings)


@MANY
@given(offers(), st.data())
def test_an_arriving_listing_is_sold_lawfully(offer: Offer, data: st.DataObject) -> None:
    resting = [data.draw(wants(number)) for number in range(1, data.draw(st.integers(1, 4)) + 1)]

    fills = match_listing([(want, offer) for want in resting]).fills

    sold = [0] * len(offer.free)
    for fill in fills:
        for hour in range(fill.first_hour, fill.first_hour + fill.hours):
            sold[hour - offer.first_hour] += fill.devices
    assert all(taken <= free for taken, free in zip(sold, offer.free, strict=True))
    for want in resting:
        mine = tuple(fill for fill in fills if fill.order_id == want.order_id)
        assert_lawful(want, mine, [offer])


@MANY
@given(offers(), st.data())
def test_a_listing_prefers_the_order_that_pays_more(offer: Offer, data: st.DataObject) -> None:
    resting = [data.draw(wants(number)) for number in range(1, 4)]
    pairs = [(want, offer) for want in resting]

    fills = match_listing(pairs).fills

    alone = [match_listing([pair]).fills[:1] for pair in pairs]
    first_prices = [fill[0].price_micros for fill in alone if fill]
    if fills:
        assert fills[0].price_micros == max(first_prices)
    else:
        assert not first_prices
