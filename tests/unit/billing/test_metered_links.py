"""A link with a meter of its own: paid by the second and by the MB, whatever its devices do."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing.actions import issue_invoices, record_payouts, settle_link_hour
from billing.domain.link_rating import MeteredLinkHour, metered_link_worth
from billing.domain.rating import RUNS, Charge
from billing.models import Settlement
from billing.queries.proofs import prove_everything
from contracts.domain.link_terms import OWN_METER_RULE, LinkTerms
from contracts.models import Agreement
from contracts.queries import link_terms_of
from exchange.price import gross_up
from exchange.window import day_start
from ledger.queries import balance_of, funds_of, hold_remaining
from tests.unit.billing.house import House, Sold

MILLION = 1_000_000_000_000  # a million yuan, in micros
WHOLE = 36_000  # 10 Gbit/s for an hour, in Gbit/s-seconds
START = datetime(2026, 12, 1, tzinfo=UTC)


def link_of(sold: Sold) -> Agreement:
    return Agreement.objects.get(link_trade__trade=sold.agreement.trade_id)


def test_a_metered_link_is_paid_by_its_own_meter_and_not_by_the_devices(house: House) -> None:
    sold = house.sold_with_metered_link()

    house.deliver(sold, [0, 0])
    assert not Settlement.objects.filter(agreement=link_of(sold)).exists()
    house.carry(sold, [(WHOLE, 40_000), (WHOLE, 0)])

    # ¥ 20 for 20 Gbit/s-hours and ¥ 0.40 for 40 GB: 20.40 + 1.224 - 0.306 - 0.01836.
    assert funds_of(house.gwen).payable_micros == 21_299_640
    assert (hold_remaining(link_of(sold).hold_reason), link_of(sold).state) == (0, "COMPLETED")


def test_hours_not_available_are_not_paid_and_data_not_moved_neither(house: House) -> None:
    sold = house.sold_with_metered_link()

    house.carry(sold, [(0, 0), (WHOLE // 2, 10_000)])

    rows = Settlement.objects.filter(agreement=link_of(sold)).order_by("hour_start")
    # Half an hour of 10 Gbit/s at ¥ 1, and 10 GB at ¥ 0.01.
    assert [row.value_micros for row in rows] == [0, 5_100_000]
    assert [row.available_gbps_seconds for row in rows] == [0, 18_000]
    # Of 21.624 that were held, 5.406 are spent.
    assert rows[1].released_micros == 16_218_000
    assert sum(row.damages_micros for row in rows) == 0


def test_data_beyond_what_was_bought_are_worth_nothing(house: House) -> None:
    sold = house.sold_with_metered_link()

    house.carry(sold, [(WHOLE, 39_000), (WHOLE, 39_000)])

    rows = Settlement.objects.filter(agreement=link_of(sold)).order_by("hour_start")
    assert [row.value_micros for row in rows] == [10_390_000, 10_010_000]


def test_settling_an_hour_again_changes_nothing(house: House) -> None:
    sold = house.sold_with_metered_link()
    sealed = house.carried(sold, 0, WHOLE, 1_000)

    first = settle_link_hour(link_hour_id=sealed.pk, now=sealed.sealed_at)
    again = settle_link_hour(link_hour_id=sealed.pk, now=sealed.sealed_at)

    assert first == again
    assert Settlement.objects.filter(agreement=link_of(sold)).count() == 1


def test_a_later_run_takes_back_what_its_meter_did_not_find(house: House) -> None:
    sold = house.sold_with_metered_link()
    house.carry(sold, [(WHOLE, 0), (WHOLE, 0)])

    house.carry(sold, [(0, 0)], run="SF")

    difference = Settlement.objects.get(agreement=link_of(sold), run="SF")
    assert (difference.value_micros, difference.released_micros) == (-10_000_000, 10_600_000)


def test_seller_and_carrier_are_paid_to_the_micro_what_the_buyer_pays(house: House) -> None:
    sold = house.sold_with_metered_link()
    house.deliver(sold, [28_800, 28_799])
    house.carry(sold, [(WHOLE - 1, 12_345), (7, 27_655)])
    house.now = day_start(house.day + timedelta(days=1))
    papers = issue_invoices(delivery_day=house.day, now=house.now)
    record_payouts(delivery_day=house.day, now=house.now)

    (bill,) = [paper for paper in papers if paper.issuer_id == house.gwen]
    line = bill.lines.get()
    assert (line.kind, line.gbps_seconds, line.moved_mb) == ("LINK", WHOLE + 6, 40_000)
    spent = MILLION - funds_of(house.ben).total_micros
    kept = sum(balance_of(name) for name in ("fees", "tax", "residue"))
    assert spent == balance_of("bank:payouts") + kept
    assert [finding for finding in prove_everything() if finding.wrong] == []


def test_a_link_of_data_alone_is_paid_by_what_was_moved(house: House) -> None:
    sold = house.sold_with_metered_link(link_gbps=0)

    house.carry(sold, [(0, 39_000), (0, 2_000)])

    rows = Settlement.objects.filter(agreement=link_of(sold)).order_by("hour_start")
    assert [row.value_micros for row in rows] == [390_000, 10_000]


def terms(gbps: int, gb: int, by_hour: int, by_gb: int) -> LinkTerms:
    names = (
        "devices_agreement buyer_code buyer_name seller_code seller_name zone_code zone_name"
        " zone_name_zh site_name site_name_zh city_code city_name city_name_zh"
    )
    return LinkTerms(
        **dict.fromkeys(names.split(), "x"),
        link_trade_id=1,
        trade_id=1,
        rtt_us=1,
        gbps=gbps,
        gb=gb,
        starts_at=START,
        ends_at=START + timedelta(hours=4),
        price_micros_per_gbps_hour=by_hour,
        price_micros_per_gb=by_gb,
        vat_bp=600,
        seller_fee_bp=150,
        standard_terms_version=1,
        dispute_days=5,
        metering_rule=OWN_METER_RULE,
    )


PRICES = some.integers(1, 500).map(lambda ticks: ticks * 10_000)
OFFERS = some.builds(terms, some.integers(0, 50), some.integers(0, 500), PRICES, PRICES)


@some.composite
def metered(draw: some.DrawFn, gbps: int) -> list[MeteredLinkHour]:
    seals = [
        MeteredLinkHour(
            START + timedelta(hours=hour),
            run,
            draw(some.integers(0, gbps * 3_600)),
            draw(some.integers(0, 200_000)),
        )
        for hour in range(4)
        for run in RUNS[: draw(some.integers(0, 4))]
    ]
    return draw(some.permutations(seals))


@given(some.data(), OFFERS)
def test_money_in_is_money_out_to_the_micro_in_whatever_order_hours_and_runs_arrive(
    data: some.DataObject, offer: LinkTerms
) -> None:
    seals, posted = data.draw(metered(offer.gbps)), Charge()
    for count in range(1, len(seals) + 1):
        posted = posted + (metered_link_worth(offer, seals[:count]) - posted)
        # The hold of the trade covers every step, so that nothing is drawn beyond it.
        assert 0 <= posted.buyer_micros <= gross_up(offer.value_micros(4), offer.vat_bp)
        assert posted.buyer_micros == (
            posted.seller_micros + posted.fee_micros + posted.fee_vat_micros
        )

    assert posted == metered_link_worth(offer, sorted(seals, key=lambda one: one.hour_start))


@pytest.mark.parametrize("gb", [0, 40])
def test_a_link_available_in_full_is_worth_what_the_agreement_says(gb: int) -> None:
    offer = terms(10, gb, 1_000_000, 10_000)

    whole = [MeteredLinkHour(START + timedelta(hours=n), "II", WHOLE, 10_000) for n in range(4)]

    assert metered_link_worth(offer, whole).value_micros == offer.value_micros(4)


def test_the_agreement_freezes_the_rule_of_its_meter(house: House) -> None:
    by_devices = link_terms_of(link_of(house.sold_with_link()).pk)
    by_meter = link_terms_of(link_of(house.sold_with_metered_link(start=2)).pk)

    assert (by_devices.has_own_meter, by_meter.has_own_meter) == (False, True)
    assert "least_bandwidth_bp" not in by_devices.as_json()
