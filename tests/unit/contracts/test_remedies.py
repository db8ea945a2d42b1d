from hypothesis import given
from hypothesis import strategies as st

from contracts.domain.remedies import damages, damages_cap, take_or_pay_micros, value_of, what_if
from contracts.domain.terms import Terms
from tests.unit.contracts.sample import sample_terms

HOUR = 96 * 3_600
prices = st.integers(10_000, 10**9)
shares = st.integers(0, 10_000)


def delivered(contracted: int, share_bp: int) -> int:
    return contracted * share_bp // 10_000


def test_the_prototypes_figures_hold() -> None:
    terms = sample_terms()
    full = value_of(terms, terms.device_seconds)

    result = what_if(terms, 9_200)

    assert full == 14_929_920_000
    assert result.value_micros == full * 92 // 100
    # Five points below the promise, at one and a half times their price.
    assert result.damages_micros == full * 5 * 15 // 1_000
    assert result.fee_micros == 206_032_896
    assert result.buyer_net_micros == (
        result.value_micros + result.vat_micros - result.damages_micros
    )
    assert result.seller_net_micros < result.buyer_net_micros


def test_nothing_delivered_costs_the_cap_and_pays_nothing() -> None:
    terms = sample_terms()

    result = what_if(terms, 0)

    assert result.value_micros == 0
    assert result.damages_micros == damages_cap(terms, terms.device_seconds)


def test_take_or_pay_is_a_share_of_the_whole_price() -> None:
    terms = sample_terms()

    assert take_or_pay_micros(terms) == value_of(terms, terms.device_seconds)


@given(price=prices, share=shares)
def test_damages_never_exceed_their_cap(price: int, share: int) -> None:
    terms = sample_terms(price_micros=price)

    assert 0 <= damages(terms, HOUR, delivered(HOUR, share)) <= damages_cap(terms, HOUR)


@given(price=prices, share=st.integers(9_700, 10_000))
def test_no_damages_at_or_above_the_promise(price: int, share: int) -> None:
    terms = sample_terms(price_micros=price)
    at_least = -(-HOUR * share // 10_000)

    assert damages(terms, HOUR, at_least) == 0
    assert damages(terms, HOUR, HOUR) == 0


@given(price=prices, shares=st.tuples(shares, shares))
def test_who_delivers_more_never_owes_more(price: int, shares: tuple[int, int]) -> None:
    terms = sample_terms(price_micros=price)
    less, more = sorted(delivered(HOUR, share) for share in shares)

    assert damages(terms, HOUR, more) <= damages(terms, HOUR, less)


@given(price=prices, shares=st.tuples(shares, shares))
def test_a_seller_never_earns_by_delivering_less(price: int, shares: tuple[int, int]) -> None:
    terms = sample_terms(price_micros=price)
    less, more = sorted(shares)

    assert seller_gets(terms, less) <= seller_gets(terms, more) + 2


def seller_gets(terms: Terms, share: int) -> int:
    return what_if(terms, share).seller_net_micros


@given(share=shares)
def test_surplus_capacity_never_owes_damages(share: int) -> None:
    assert what_if(sample_terms(firmness="SURPLUS"), share).damages_micros == 0
