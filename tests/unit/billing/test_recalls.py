"""What a recall costs: the metered seconds, and no damages for the hours that were recalled."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.rating import MeteredHour, charge_of
from billing.queries.proofs import rate_anew
from delivery.models import Allocation
from exchange.units import SECONDS_PER_HOUR
from marketplace.models import Trade
from tests.unit.billing.house import House, Sold
from tests.unit.billing.terms import FACTS, priced
from tests.world import Deal

FULL = 8 * SECONDS_PER_HOUR


@pytest.fixture
def sold(house: House) -> Sold:
    """Two recallable hours of Ada's, with an hour's notice."""
    world = house.world
    listing = world.listing(hours=2, firmness="RECALLABLE", recall_notice_minutes=60)
    order = world.order(latest=world.hour(2), firmness=("RECALLABLE",), limit_micros=1_850_000)
    return house._agreed(Deal(listing, order, Trade.objects.get(order=order)), 8)


def recall(sold: Sold, minutes: int) -> None:
    """Let the devices be the seller's so many minutes after the window began."""
    begins = sold.agreement.starts_at
    Allocation.objects.filter(pk=sold.allocation.pk).update(
        recall_asked_at=begins - timedelta(hours=1),
        recalled_from=begins + timedelta(minutes=minutes),
    )


def test_recalled_hours_pay_what_was_metered_and_carry_no_damages(house: House, sold: Sold) -> None:
    recall(sold, 30)

    house.deliver(sold, [FULL // 2, 0])

    books = house.books(sold)
    # Half an hour of eight devices: 7.40 and 0.444 of VAT.
    assert 10**12 - books["buyer"] == 7_844_000
    assert books["hold"] == 0
    assert not sold.agreement.damages_payments.exists()
    sold.agreement.refresh_from_db()
    assert sold.agreement.state == "COMPLETED"
    assert rate_anew().wrong == ()


def test_what_is_missing_before_the_recall_carries_damages_as_ever(
    house: House, sold: Sold
) -> None:
    recall(sold, 30)

    house.deliver(sold, [FULL // 4, 0])

    # Half of what was owed until the recall is missing: at the cap, a fifth of its price.
    [settled] = sold.agreement.settlements.exclude(damages_micros=0)
    assert settled.damages_micros == 1_480_000


def test_without_a_recall_the_same_hours_carry_damages(house: House, sold: Sold) -> None:
    house.deliver(sold, [FULL // 2, 0])

    damages = sum(row.damages_micros for row in sold.agreement.settlements.all())
    assert damages == 2 * 2_960_000


@given(st.integers(0, SECONDS_PER_HOUR), st.integers(0, FULL))
def test_a_recall_never_costs_its_seller_more_than_no_recall(owed: int, delivered: int) -> None:
    terms = priced(firmness="RECALLABLE", recall_notice_minutes=60)
    plain = MeteredHour(FACTS.starts_at, "II", FULL, delivered)
    recalled = MeteredHour(FACTS.starts_at, "II", FULL, delivered, owed_device_seconds=8 * owed)

    with_recall, without = charge_of(terms, [recalled]), charge_of(terms, [plain])

    assert with_recall.value_micros == without.value_micros
    assert 0 <= with_recall.damages_micros <= without.damages_micros
    if owed == 0:
        assert with_recall.damages_micros == 0
