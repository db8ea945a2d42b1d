"""The carrier's own line: paid with the hours of the devices, on its own paper."""

from datetime import timedelta

from billing.actions import issue_invoices, record_payouts
from billing.domain.link_rating import link_worth
from billing.domain.rating import MeteredHour
from billing.models import Settlement
from contracts.models import Agreement
from contracts.queries import link_terms_of
from exchange.window import day_start
from ledger.queries import balance_of, funds_of, hold_remaining
from tests.unit.billing.house import House, Sold

MILLION = 1_000_000_000_000  # a million yuan, in micros
FULL = 28_800


def link_of(sold: Sold) -> Agreement:
    return Agreement.objects.get(link_trade__trade=sold.agreement.trade_id)


def link_hold(sold: Sold) -> int:
    return hold_remaining(link_of(sold).hold_reason)


def test_a_link_is_paid_with_the_hours_of_its_devices(house: House) -> None:
    sold = house.sold_with_link()

    house.deliver(sold, [FULL, FULL])

    # ¥ 20 for 20 Gbit/s-hours and ¥ 0.40 for 40 GB: 20.40 + 1.224 - 0.306 - 0.01836.
    assert funds_of(house.gwen).payable_micros == 21_299_640
    assert (link_hold(sold), link_of(sold).state) == (0, "COMPLETED")
    # Devices 29.60 and link 20.40, with VAT.
    assert house.books(sold)["buyer"] == MILLION - 53_000_000
    assert house.books(sold)["fees"] == 444_000 + 306_000


def test_an_hour_in_which_no_device_was_delivered_costs_nothing_and_comes_back(
    house: House,
) -> None:
    sold = house.sold_with_link()

    house.deliver(sold, [0, 1])

    carried = Settlement.objects.filter(agreement=link_of(sold)).order_by("hour_start")
    assert [row.value_micros for row in carried] == [0, 10_400_000]
    assert carried[1].released_micros == 10_600_000
    assert sum(row.damages_micros for row in carried) == 0


def test_a_later_run_that_finds_nothing_takes_the_hour_back(house: House) -> None:
    sold = house.sold_with_link()
    house.deliver(sold, [FULL, FULL])

    house.settle(house.sealed(sold, 0, 0, run="SF"))

    difference = Settlement.objects.get(agreement=link_of(sold), run="SF")
    assert (difference.value_micros, difference.released_micros) == (-10_000_000, 10_600_000)
    assert link_hold(sold) == 0


def test_the_order_in_which_hours_and_runs_arrive_does_not_matter(house: House) -> None:
    terms = link_terms_of(link_of(house.sold_with_link()).pk)
    first, second = house.world.hour(0), house.world.hour(1)
    hours = [
        MeteredHour(first, "II", FULL, FULL),
        MeteredHour(second, "II", FULL, 0),
        MeteredHour(first, "SF", FULL, 0),
        MeteredHour(second, "SF", FULL, 1),
    ]

    assert link_worth(terms, hours) == link_worth(terms, reversed(hours))
    assert link_worth(terms, hours).value_micros == 10_400_000
    assert link_worth(terms, []).value_micros == 0


def test_the_carrier_bills_its_line_and_is_paid_out(house: House) -> None:
    sold = house.sold_with_link()
    house.deliver(sold, [FULL, FULL])
    house.now = day_start(house.day + timedelta(days=1))

    papers = issue_invoices(delivery_day=house.day, now=house.now)
    payouts = record_payouts(delivery_day=house.day, now=house.now)

    (bill,) = [paper for paper in papers if paper.issuer_id == house.gwen]
    (fee,) = [p for p in papers if p.issuer_id is None and p.customer_id == house.gwen]
    line = bill.lines.get()
    assert (line.kind, line.device_seconds, line.agreement) == ("LINK", 0, link_of(sold))
    assert (bill.net_fen, bill.vat_fen, bill.total_fen) == (2_040, 122, 2_162)
    assert (fee.net_fen, fee.vat_fen) == (31, 2)
    (paid,) = [payout for payout in payouts if payout.member_id == house.gwen]
    assert paid.amount_fen == bill.total_fen - fee.total_fen
    assert funds_of(house.gwen).payable_micros == 0


def test_what_the_buyer_paid_is_what_seller_and_carrier_get_with_fee_and_tax(house: House) -> None:
    house.deliver(house.sold_with_link(), [FULL, FULL])
    house.now = day_start(house.day + timedelta(days=1))
    issue_invoices(delivery_day=house.day, now=house.now)
    record_payouts(delivery_day=house.day, now=house.now)

    spent = MILLION - funds_of(house.ben).total_micros
    kept = sum(balance_of(name) for name in ("fees", "tax", "residue"))
    assert spent == balance_of("bank:payouts") + kept == 53_000_000
