"""Laws of rating: what must hold for any price, any meter and any order of arrival."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from billing.domain.rating import RUNS, Charge, MeteredHour, charge_of, hours_that_count
from billing.domain.settlement_posting import damages_lines, settlement_lines
from exchange.units import half_even_div
from tests.unit.billing.terms import metered, priced

PRICES = st.integers(1, 10**12 - 1)
DELIVERED = st.lists(st.integers(0, 28_800), min_size=1, max_size=48)


def runs_of(delivered: list[int]) -> list[MeteredHour]:
    return [
        replace(hour, run=run, delivered_device_seconds=max(0, hour.delivered_device_seconds - i))
        for hour in metered(delivered)
        for i, run in enumerate(RUNS)
    ]


@given(PRICES, DELIVERED, st.integers(0, 1_700), st.integers(0, 1_000))
def test_the_buyers_payment_is_everyones_share(
    price: int, delivered: list[int], vat_bp: int, fee_bp: int
) -> None:
    terms = priced(price_micros=price, vat_bp=vat_bp, seller_fee_bp=fee_bp)

    charge = charge_of(terms, metered(delivered))

    assert charge.buyer_micros == charge.seller_micros + charge.fee_micros + charge.fee_vat_micros
    assert charge.seller_micros >= 0
    assert charge.damages_micros >= 0


@given(PRICES, DELIVERED)
def test_a_line_is_off_by_at_most_half_a_micro(price: int, delivered: list[int]) -> None:
    exact = Fraction(sum(delivered) * price, 3600)

    charge = charge_of(priced(price_micros=price), metered(delivered))

    assert abs(charge.value_micros - exact) <= Fraction(1, 2)


@given(st.data(), PRICES, DELIVERED)
def test_the_order_in_which_hours_and_runs_arrive_does_not_matter(
    data: st.DataObject, price: int, delivered: list[int]
) -> None:
    everything = runs_of(delivered)
    shuffled = data.draw(st.permutations(everything))
    terms = priced(price_micros=price)

    assert charge_of(terms, hours_that_count(shuffled)) == charge_of(
        terms, hours_that_count(everything)
    )


@given(st.data(), PRICES, DELIVERED)
def test_differences_add_up_to_the_whole(
    data: st.DataObject, price: int, delivered: list[int]
) -> None:
    arrivals = data.draw(st.permutations(runs_of(delivered)))
    terms = priced(price_micros=price)
    posted, seen = Charge(), []

    for hour in arrivals:
        seen.append(hour)
        posted = posted + (charge_of(terms, hours_that_count(seen)) - posted)

    assert posted == charge_of(terms, hours_that_count(runs_of(delivered)))


@given(PRICES, DELIVERED)
def test_a_later_run_on_the_same_data_changes_nothing(price: int, delivered: list[int]) -> None:
    terms = priced(price_micros=price)
    first = metered(delivered)
    again = metered(delivered, run="SF")

    difference = charge_of(terms, hours_that_count(first + again)) - charge_of(terms, first)

    assert difference == Charge()
    assert settlement_lines(difference, seller_id=2) == ()


@given(PRICES, DELIVERED, st.integers(0, 28_800))
def test_more_delivered_never_pays_the_seller_less(
    price: int, delivered: list[int], more: int
) -> None:
    terms = priced(price_micros=price)
    better = [min(28_800, seconds + more) for seconds in delivered]

    before = charge_of(terms, metered(delivered))
    after = charge_of(terms, metered(better))

    # One micro a line may go either way when value and fee round apart.
    assert after.seller_micros >= before.seller_micros - 1
    assert after.damages_micros <= before.damages_micros


@given(PRICES, DELIVERED)
def test_the_hold_of_the_trade_covers_all_that_can_be_charged(
    price: int, delivered: list[int]
) -> None:
    terms = priced(price_micros=price)
    contracted = 28_800 * len(delivered)
    value = half_even_div(contracted * price, 3600)
    hold = -(-value * (10_000 + terms.vat_bp) // 10_000)

    assert charge_of(terms, metered(delivered)).buyer_micros <= hold


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12))
def test_damages_move_between_the_parties_and_nobody_else(amount: int, payable: int) -> None:
    lines = damages_lines(amount, buyer_id=1, seller_id=2, payable_micros=payable)

    assert sum(line.amount_micros for line in lines) == 0
    assert {line.account for line in lines} <= {"payable:2", "trading:2", "trading:1"}
