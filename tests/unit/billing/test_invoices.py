"""Papers and payouts: fen, numbers without gaps, and a seller paid what the papers say."""

from datetime import timedelta

from billing.actions import issue_invoice, issue_invoices, note_failure, record_payouts
from billing.domain.invoicing import InvoiceKey
from billing.models import Invoice, Payout
from billing.queries import invoice_for, invoices_due, payouts_due
from billing.tasks import issue_due_invoices, record_due_payouts
from exchange.window import day_start, delivery_day
from ledger.queries import balance_of, funds_of
from tests.unit.billing.house import House, Sold


def evening(house: House, sold: Sold) -> None:
    """Let the delivery day of the agreement be over."""
    house.day = delivery_day(sold.agreement.starts_at)
    house.now = day_start(house.day + timedelta(days=1))


def owed_fen(member_id: int) -> int:
    """What the papers say that the member is owed, less the exchange's fee."""
    issued = Invoice.objects.filter(issuer_id=member_id)
    fees = Invoice.objects.filter(issuer=None, customer_id=member_id)
    return sum(row.total_fen for row in issued) - sum(row.total_fen for row in fees)


def bill(house: House, sold: Sold) -> list[Invoice]:
    evening(house, sold)
    return issue_invoices(delivery_day=house.day, now=house.now)


def test_the_seller_bills_the_buyer_and_the_exchange_bills_its_fee(house: House) -> None:
    sold = house.sold(price="1.23")
    house.deliver(sold, [28_799, 28_798])

    goods, fee = bill(house, sold)

    assert (goods.issuer_id, goods.customer_id) == (house.ada, house.ben)
    assert (goods.net_fen, goods.vat_fen, goods.total_fen) == (1_968, 118, 2_086)
    assert (fee.issuer_id, fee.customer_id) == (None, house.ada)
    assert (fee.net_fen, fee.vat_fen, fee.total_fen) == (30, 2, 32)
    assert goods.lines.get(kind="COMPUTE").device_seconds == 57_597


def test_a_seller_is_paid_what_the_papers_say_and_the_residue_is_shown(house: House) -> None:
    sold = house.sold(price="1.23")
    house.deliver(sold, [28_799, 28_798])
    spent = 1_000_000_000_000 - funds_of(house.ben).total_micros

    goods, fee = bill(house, sold)
    (payout,) = record_payouts(delivery_day=house.day, now=house.now)

    assert payout.amount_fen == goods.total_fen - fee.total_fen
    assert funds_of(house.ada).payable_micros == 0
    assert balance_of("bank:payouts") == payout.amount_fen * 10_000
    assert balance_of("residue") == goods.residue_micros + fee.residue_micros
    assert spent == (
        payout.amount_fen * 10_000 + balance_of("fees") + balance_of("tax") + balance_of("residue")
    )


def test_papers_are_due_when_the_day_is_over_and_only_once(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    evening(house, sold)

    assert invoices_due(house.now - timedelta(seconds=1), 10) == []
    assert len(invoices_due(house.now, 10)) == 2

    assert len(issue_invoices(delivery_day=house.day, now=house.now)) == 2
    assert issue_invoices(delivery_day=house.day, now=house.now) == []


def test_a_day_waits_for_its_hours_but_not_for_ever(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800])
    evening(house, sold)

    assert invoices_due(house.now, 10) == []
    assert len(invoices_due(house.now + timedelta(hours=6), 10)) == 2


def test_hours_that_are_ours_to_settle_are_waited_for_longer(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800])
    usage = house.sealed(sold, 1, 28_800)
    evening(house, sold)
    assert invoices_due(house.now + timedelta(hours=6), 10) == []
    assert len(invoices_due(house.now + timedelta(days=3), 10)) == 2

    note_failure(key=f"settle:{usage.pk}", error="lost", wall=house.now)

    assert len(invoices_due(house.now + timedelta(hours=6), 10)) == 2


def test_hours_that_are_ours_to_seal_are_waited_for_longer(house: House) -> None:
    sold = house.sold_with_link()
    house.deliver(sold, [28_800])
    evening(house, sold)
    assert len(invoices_due(house.now + timedelta(hours=6), 10)) == 4

    sold.allocation.sealed_until = sold.agreement.starts_at + timedelta(hours=1)
    sold.allocation.save()

    assert invoices_due(house.now + timedelta(hours=6), 10) == []
    assert len(invoices_due(house.now + timedelta(days=3), 10)) == 4


def test_a_day_in_two_papers_says_what_one_paper_says(house: House) -> None:
    in_one, in_two = house.sold(price="1.23"), house.sold(price="1.23", start=24)
    house.deliver(in_one, [28_799, 28_798])
    whole = bill(house, in_one)
    before = balance_of("residue")

    house.deliver(in_two, [28_799])
    evening(house, in_two)
    papers = issue_invoices(delivery_day=house.day, now=house.now + timedelta(hours=6))
    house.settle(house.sealed(in_two, 1, 28_798))
    papers += issue_invoices(delivery_day=house.day, now=house.now)

    for paper in whole:
        parts = [part for part in papers if part.issuer_id == paper.issuer_id]
        assert len(parts) == 2
        assert sum(part.net_fen for part in parts) == paper.net_fen
        assert sum(part.vat_fen for part in parts) == paper.vat_fen
    assert balance_of("residue") == 2 * before


def test_a_later_run_that_finds_less_becomes_a_credit_note(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    goods, fee = bill(house, sold)

    house.settle(house.sealed(sold, 0, 14_400, run="SF"))
    credit, fee_credit = issue_invoices(delivery_day=house.day, now=house.now)

    assert (credit.kind, credit.revision, credit.total_fen) == ("CREDIT_NOTE", 1, -785)
    assert fee_credit.kind == "CREDIT_NOTE"
    assert credit.lines.get(kind="COMPUTE").device_seconds == -14_400
    assert credit.lines.get(kind="DAMAGES").net_micros > 0
    assert credit.sequence == goods.sequence + 1
    assert fee_credit.sequence == fee.sequence + 1


def test_numbers_have_no_gaps_an_issuer(house: House) -> None:
    for start in range(3):
        sold = house.sold(start=24 * start)
        house.deliver(sold, [28_800, 28_800])
        bill(house, sold)

    for issuer in (house.ada, None):
        numbers = Invoice.objects.filter(issuer_id=issuer).values_list("sequence", flat=True)
        assert sorted(numbers) == [1, 2, 3]


def test_damages_lower_the_payout_not_the_invoice(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 0])

    goods, fee = bill(house, sold)
    (payout,) = record_payouts(delivery_day=house.day, now=house.now)

    assert goods.total_fen == 1_569
    assert payout.amount_fen == goods.total_fen - fee.total_fen - 296


def test_damages_of_a_later_day_wait_for_its_payout(house: House) -> None:
    today, tomorrow = house.sold(), house.sold(start=24)
    house.deliver(today, [28_800, 28_800])
    goods, fee = bill(house, today)
    house.deliver(tomorrow, [28_800, 0])

    (payout,) = record_payouts(delivery_day=house.day, now=house.now)
    assert payout.amount_fen == goods.total_fen - fee.total_fen

    goods, fee = bill(house, tomorrow)
    (payout,) = record_payouts(delivery_day=house.day, now=house.now)
    assert payout.amount_fen == goods.total_fen - fee.total_fen - 296


def test_a_payout_waits_for_all_papers_of_its_day_whichever_is_ready_first(house: House) -> None:
    ready, waiting = house.sold(), house.sold_with_link()
    house.deliver(ready, [28_800, 28_800])
    house.deliver(waiting, [28_800])
    evening(house, ready)
    to_ben = InvoiceKey(house.ada, house.ben, house.day)

    assert issue_invoice(key=to_ben, now=house.now) is not None
    assert record_payouts(delivery_day=house.day, now=house.now) == []

    house.deliver_hour(waiting, 1, 28_800)
    assert record_payouts(delivery_day=house.day, now=house.now) == []
    issue_invoices(delivery_day=house.day, now=house.now)
    paid = {row.member_id: row for row in record_payouts(delivery_day=house.day, now=house.now)}

    assert set(paid) == {house.ada, house.gwen}
    assert paid[house.ada].amount_fen == owed_fen(house.ada)


def test_a_day_pays_nothing_of_a_later_day_and_goes_before_it(house: House) -> None:
    today, tomorrow = house.sold(), house.sold(start=24)
    house.deliver(today, [28_800])
    house.deliver(tomorrow, [28_800, 28_800])
    evening(house, today)
    first = house.day
    bill(house, tomorrow)
    assert record_payouts(delivery_day=house.day, now=house.now) == []

    house.deliver_hour(today, 1, 28_800)
    issue_invoices(delivery_day=first, now=house.now)

    (one,) = record_payouts(delivery_day=first, now=house.now)
    (other,) = record_payouts(delivery_day=house.day, now=house.now)
    assert one.amount_fen == other.amount_fen
    assert one.amount_fen + other.amount_fen == owed_fen(house.ada)


def test_a_seller_that_waits_takes_no_other_s_place(house: House) -> None:
    ready, waiting = house.sold_with_link(), house.sold()
    house.deliver(ready, [28_800, 28_800])
    house.deliver(waiting, [28_800])
    evening(house, ready)
    issue_invoice(key=InvoiceKey(house.ada, house.ben, house.day), now=house.now)
    issue_invoices(delivery_day=house.day, now=house.now)

    assert payouts_due(house.now, 1) == [(house.gwen, house.day)]


def test_a_payout_does_not_wait_for_ever(house: House) -> None:
    sold, stuck = house.sold(), house.sold()
    house.deliver(sold, [28_800, 28_800])
    house.deliver(stuck, [28_800])
    house.sealed(stuck, 1, 28_800)
    evening(house, sold)
    later = house.now + timedelta(days=3)
    issue_invoices(delivery_day=house.day, now=later)

    assert payouts_due(later - timedelta(seconds=1), 10) == []
    assert payouts_due(later, 10) == [(house.ada, house.day)]


def test_a_payout_is_recorded_once_and_later_papers_come_with_the_next(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    bill(house, sold)
    record_payouts(delivery_day=house.day, now=house.now)

    assert record_payouts(delivery_day=house.day, now=house.now) == []
    assert Payout.objects.count() == 1


def test_the_sweeps_find_their_work(house: House, set_market_time) -> None:  # type: ignore[no-untyped-def]
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    evening(house, sold)
    set_market_time(house.now)

    assert issue_due_invoices() == 2
    assert record_due_payouts() == 1
    assert (issue_due_invoices(), record_due_payouts()) == (0, 0)


def test_nothing_settled_is_no_paper(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [0, 0])
    evening(house, sold)

    assert invoices_due(house.now, 10) == []
    goods = next(iter(Invoice.objects.all()), None)
    assert goods is None


def test_strangers_find_no_invoice(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    goods, fee = bill(house, sold)
    dana = house.world.cast.dana.id

    assert invoice_for(house.ben, goods.number) == goods
    assert invoice_for(house.ben, fee.number) is None
    assert invoice_for(dana, goods.number) is None


def test_a_pair_is_billed_whoever_asks_first(house: House) -> None:
    sold = house.sold()
    house.deliver(sold, [28_800, 28_800])
    evening(house, sold)
    keys = invoices_due(house.now, 10)

    for key in reversed(keys):
        assert issue_invoice(key=key, now=house.now) is not None
    assert [issue_invoice(key=key, now=house.now) for key in keys] == [None, None]
