"""Issue invoices: dated pictures of what was settled, numbered without gaps."""

from datetime import date, datetime

from django.db import connection, transaction

from accounts.actions import record_deed
from billing.domain.invoicing import (
    InvoiceKey,
    Totals,
    number_of,
    residue_change,
    residue_lines,
    totals_of,
)
from billing.models import Invoice, InvoiceLine
from billing.queries.invoice_lines import lines_on_paper, lines_to_bill
from billing.queries.invoices import invoices_due
from exchange.posting import Posting
from ledger.actions import lock_accounts, post
from ledger.domain.accounts import payable
from ledger.queries import balance_of

NUMBERS_LOCK = 7_305_200
MANY = 10_000


@transaction.atomic
def issue_invoice(*, key: InvoiceKey, now: datetime) -> Invoice | None:
    """Put on paper what was settled for a day and pair since the last paper; None: nothing.

    Net and VAT of the day are rounded to fen, however many papers it takes; the difference goes
    to the residue account, so that the seller's side is whole fen. A negative total is a
    credit note.
    """
    _lock_numbers(key.issuer_id)
    lines = lines_to_bill(key)
    if not lines:
        return None
    totals = totals_of(lines, lines_on_paper(key))
    earlier = Invoice.objects.filter(issuer_id=key.issuer_id)
    same_day = earlier.filter(customer_id=key.customer_id, delivery_day=key.delivery_day)
    sequence = earlier.count() + 1
    invoice = Invoice.objects.create(
        number=number_of(key.issuer_id, sequence),
        sequence=sequence,
        issuer_id=key.issuer_id,
        customer_id=key.customer_id,
        delivery_day=key.delivery_day,
        kind=totals.kind,
        revision=same_day.count(),
        net_fen=totals.net_fen,
        vat_fen=totals.vat_fen,
        total_fen=totals.total_fen,
        residue_micros=_residue(key, totals, now),
        issued_at=now,
    )
    InvoiceLine.objects.bulk_create(InvoiceLine(invoice=invoice, **vars(line)) for line in lines)
    if invoice.residue_micros:
        posting = Posting(f"invoice:{invoice.pk}", residue_lines(key, invoice.residue_micros))
        post(posting=posting, kind="ROUNDING", facts={"invoice": invoice.number}, now=now)
    record_deed(
        verb="INVOICE_ISSUED",
        subject=f"invoice:{invoice.pk}",
        member_id=key.issuer_id,
        facts={"number": invoice.number, "total_fen": invoice.total_fen},
        now=now,
    )
    return invoice


def issue_invoices(*, delivery_day: date, now: datetime) -> list[Invoice]:
    """Issue all that is due for a delivery day, each in its own transaction."""
    keys = [key for key in invoices_due(now, MANY) if key.delivery_day == delivery_day]
    issued = [issue_invoice(key=key, now=now) for key in keys]
    return [invoice for invoice in issued if invoice is not None]


def _lock_numbers(issuer_id: int | None) -> None:
    """One writer an issuer until the commit, or two invoices would take the same number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NUMBERS_LOCK, issuer_id or 0])


def _residue(key: InvoiceKey, totals: Totals, now: datetime) -> int:
    seller = payable(key.customer_id if key.issuer_id is None else key.issuer_id)
    lock_accounts(keys=[seller], now=now)
    return residue_change(key, totals.difference_micros, balance_of(seller))
