"""Collect damages from what sellers have; the exchange pays for nobody."""

from datetime import datetime

from django.db import transaction

from accounts.actions import record_deed
from billing.domain.settlement_posting import damages_lines
from billing.models import DamagesPayment
from billing.queries.settlements import outstanding_damages
from contracts.models import Agreement
from exchange.posting import Posting
from ledger.actions import lock_accounts, post
from ledger.domain.accounts import payable, trading
from ledger.queries import balances_of


@transaction.atomic
def collect_damages(*, agreement_id: int, now: datetime) -> int:
    """Pay the buyer what the seller owes in damages, as far as the seller has funds.

    Returns the micros paid; negative when a later run found less and the buyer gave back.
    What is missing stays owed and is collected later.
    """
    agreement = Agreement.objects.select_for_update(no_key=True).get(pk=agreement_id)
    owed = outstanding_damages(agreement_id)
    if owed == 0:
        return 0
    seller, buyer = agreement.seller_id, agreement.buyer_id
    lock_accounts(now=now, keys=(payable(seller), trading(seller), trading(buyer)))
    funds = balances_of((payable(seller), trading(seller), trading(buyer)))
    if owed > 0:
        amount = min(owed, funds[payable(seller)] + funds[trading(seller)])
    else:
        amount = -min(-owed, funds[trading(buyer)])
    if amount == 0:
        return 0
    pay_damages(agreement, amount, funds[payable(seller)], now)
    return amount


def pay_damages(agreement: Agreement, amount: int, payable_micros: int, now: datetime) -> None:
    """Post a payment, or what is given back, in the caller's transaction with accounts locked."""
    payment = DamagesPayment.objects.create(agreement=agreement, amount_micros=amount, paid_at=now)
    lines = damages_lines(
        amount,
        buyer_id=agreement.buyer_id,
        seller_id=agreement.seller_id,
        payable_micros=payable_micros,
    )
    facts = {"agreement": agreement.number}
    posting = Posting(key=f"damages:{payment.pk}", lines=lines)
    post(posting=posting, kind="DAMAGES", facts=facts, now=now)
    record_deed(
        verb="DAMAGES_PAID",
        subject=f"agreement:{agreement.pk}",
        facts={"amount_micros": amount},
        now=now,
    )
