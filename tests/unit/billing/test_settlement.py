"""Settling sealed hours: what is posted, once, and what returns to the buyer."""

from itertools import permutations

import pytest

from billing.models import DamagesPayment, Settlement
from billing.queries import outstanding_damages
from ledger.actions import FundsShort, transfer
from ledger.queries import funds_of, statement_of
from tests.unit.billing.house import House

MILLION = 1_000_000_000_000  # a million yuan, in micros


def test_everything_delivered_pays_the_seller_by_the_meter(house: House) -> None:
    sold = house.sold(price="1.85")

    house.deliver(sold, [28_800, 28_800])

    books = house.books(sold)
    assert books["payable"] == 30_905_360  # 29.60 + 1.776 - 0.444 - 0.02664
    assert books["fees"] == 444_000
    assert books["tax"] == 26_640
    assert books["buyer"] == MILLION - 31_376_000
    assert books["hold"] == 0


def test_the_last_hour_completes_the_agreement_and_frees_the_rest(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800])

    assert house.books(sold)["hold"] == 15_688_000
    assert funds_of(house.ben).agreement_holds_micros == 15_688_000

    house.settle(house.sealed(sold, 1, 14_400))

    sold.agreement.refresh_from_db()
    assert sold.agreement.state == "COMPLETED"
    assert house.books(sold)["hold"] == 0
    assert funds_of(house.ben).held_micros == 0
    assert Settlement.objects.get(hour_start__gt=sold.agreement.starts_at).released_micros > 0


def test_the_same_hour_is_settled_once(house: House) -> None:
    sold = house.sold()
    usage = house.sealed(sold, 0, 28_800)

    for _ in range(3):
        house.settle(usage)

    assert Settlement.objects.count() == 1
    assert house.books(sold)["fees"] == 222_000


def test_a_run_on_the_same_data_posts_nothing(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 14_400])
    before = (house.books(sold), len(statement_of(house.ada)))

    house.deliver(sold, [28_800, 14_400], run="SF")

    assert (house.books(sold), len(statement_of(house.ada))) == before
    assert Settlement.objects.filter(run="SF", value_micros=0).count() == 2


def test_a_later_run_posts_only_the_difference(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])

    house.settle(house.sealed(sold, 0, 28_000, run="SF"))

    difference = Settlement.objects.get(run="SF")
    assert difference.value_micros == -411_111
    assert difference.released_micros == 435_778
    assert house.books(sold)["buyer"] == MILLION - 31_376_000 + 435_778
    assert house.books(sold)["hold"] == 0


def test_a_later_run_that_finds_more_takes_it_from_the_buyers_funds(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_000, 28_800])

    house.settle(house.sealed(sold, 0, 28_800, run="SF"))

    assert house.books(sold)["buyer"] == MILLION - 31_376_000
    assert house.books(sold)["payable"] == 30_905_360


def test_a_later_run_waits_for_the_buyers_funds(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_000, 28_800])
    transfer(
        from_account=f"trading:{house.ben}",
        to_account="bank:transfer",
        amount_micros=funds_of(house.ben).available_micros,
        key="all",
        kind="WITHDRAWAL",
        now=house.world.now,
    )
    usage = house.sealed(sold, 0, 28_800, run="SF")

    with pytest.raises(FundsShort):
        house.settle(usage)

    assert Settlement.objects.filter(run="SF").count() == 0


def test_whatever_the_order_of_arrival_the_books_are_the_same(house: House) -> None:
    seen = set()
    for order in permutations([(0, 28_700, "II"), (1, 28_799, "II"), (0, 28_650, "SF")]):
        sold = house.sold(price="1.23", start=0)
        start = house.books(sold)
        for hour, seconds, run in order:
            house.settle(house.sealed(sold, hour, seconds, run))
        end = house.books(sold)
        seen.add(tuple(end[name] - start[name] for name in ("payable", "fees", "tax", "buyer")))

    assert len(seen) == 1


def test_damages_go_from_the_seller_to_the_buyer(house: House) -> None:
    sold = house.sold()

    house.deliver(sold, [28_800, 0])

    assert DamagesPayment.objects.get().amount_micros == 2_960_000
    assert house.books(sold)["payable"] == 15_452_680 - 2_960_000
    assert house.books(sold)["buyer"] == MILLION - 15_688_000 + 2_960_000


def test_damages_that_the_seller_cannot_pay_stay_owed(house: House) -> None:
    sold = house.sold()

    house.settle(house.sealed(sold, 0, 0))

    assert outstanding_damages(sold.agreement.pk) == 2_960_000
    assert house.books(sold)["buyer"] + house.books(sold)["hold"] == MILLION

    house.settle(house.sealed(sold, 1, 28_800))

    assert outstanding_damages(sold.agreement.pk) == 0
    assert DamagesPayment.objects.get().amount_micros == 2_960_000


def test_damages_are_given_back_when_a_later_run_finds_the_hours(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 0])

    house.settle(house.sealed(sold, 1, 28_800, run="SF"))

    assert outstanding_damages(sold.agreement.pk) == 0
    assert house.books(sold)["payable"] == 30_905_360
    assert house.books(sold)["buyer"] == MILLION - 31_376_000
