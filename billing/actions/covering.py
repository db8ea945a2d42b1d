"""Cover: the substitute for what was not delivered is paid for, ordered, and settled with.

Each step is a transaction of its own and begins by what the rows say, so that whoever comes
after a worker that died goes on where it stopped.
"""

from datetime import datetime

import msgspec
from django.db import transaction

from billing.actions.damages import collect_damages, pay_damages
from contracts.models import Agreement
from delivery.actions import (
    give_up,
    locked_substitution,
    note_ordered,
    replace_delivery,
    seek_again,
    still_seeking,
)
from delivery.models import Substitution
from delivery.queries import Quote, is_dark, quote_substitute, sellers_passed_by
from exchange.refusal import Refused
from ledger.actions import hold_funds, lock_accounts, move_hold, release_hold
from ledger.domain.accounts import payable, trading
from ledger.queries import balance_of, balances_of, hold_remaining
from marketplace.actions import client_order_id_of, place_substitute_order
from marketplace.domain.order_request import OrderRequest
from marketplace.domain.refusals import MarketAway, MarketBusy
from marketplace.models import Order, Trade

NOT_ENDED = ("OPEN", "PARTLY_FILLED")


def cover(*, substitution_id: int, now: datetime) -> Substitution:
    """Move a substitution on as far as it goes now: look, pay, order, replace. Again is harmless.

    Raises MarketAway or MarketBusy where the market gave no answer; the next look asks again.
    """
    set_aside(substitution_id=substitution_id, now=now)
    order_substitute(substitution_id=substitution_id, now=now)
    return conclude(substitution_id=substitution_id, now=now)


@transaction.atomic
def set_aside(*, substitution_id: int, now: datetime) -> Substitution:
    """Look at the market; set aside what a substitute costs, or end when nothing can come.

    What the buyer would have paid comes out of the agreement's hold, what it costs more from the
    seller in default: earnings first, then trading funds, within the cap of damages.
    """
    sub = locked_substitution(substitution_id)
    if sub.state != "SEEKING":
        return sub
    ended = _why_ended(sub, now)
    if ended:
        give_up(sub, ended, now)
    elif not is_dark(sub.of_allocation, now):
        still_seeking(sub, "RESUMED", now)
    else:
        _pay_ahead(sub, quote_substitute(sub.of_allocation, now), now)
    return sub


def _why_ended(sub: Substitution, now: datetime) -> str:
    allocation = sub.of_allocation
    if allocation.recalled_from is not None:
        return "RECALLED"
    if allocation.state == "COMPLETED":
        return "RESUMED"
    return "TOO_LATE" if sub.ends_at <= now else ""


def _pay_ahead(sub: Substitution, found: Quote, now: datetime) -> None:
    """Release the buyer's share of the hold, and take from the seller what is above it."""
    if found.reason == "TOO_LATE":
        give_up(sub, found.reason, now)
        return
    allocation = sub.of_allocation
    agreement = Agreement.objects.select_for_update(no_key=True).get(pk=allocation.agreement_id)
    seller, buyer = agreement.seller_id, agreement.buyer_id
    keys = (payable(seller), trading(seller), trading(buyer))
    lock_accounts(keys=keys, now=now)
    funds = balances_of(keys)
    short = funds[payable(seller)] + funds[trading(seller)] < found.advance_micros
    if found.reason or short:
        still_seeking(sub, found.reason or "FUNDS_SHORT", now)
        return
    wanted = found.share_micros - sub.released_micros
    released = max(0, min(wanted, hold_remaining(agreement.hold_reason)))
    note_ordered(sub, found, released=released, now=now)
    if released:
        key = f"substitution:{sub.name}:hold"
        release_hold(reason=agreement.hold_reason, amount_micros=released, key=key, now=now)
    if found.advance_micros:
        pay_damages(agreement, found.advance_micros, funds[payable(seller)], now)


def order_substitute(*, substitution_id: int, now: datetime) -> None:
    """Ask the market for what was paid for; the same name is ordered once, whoever asks."""
    sub = Substitution.objects.select_related("of_allocation__agreement").get(pk=substitution_id)
    if sub.state != "ORDERED" or order_of(sub) is not None:
        return
    try:
        place_substitute_order(
            buyer_id=sub.of_allocation.agreement.buyer_id,
            name=sub.name,
            request=msgspec.convert(sub.request, OrderRequest),
            not_from=sellers_passed_by(sub.of_allocation),
            now=now,
        )
    except (MarketAway, MarketBusy):
        raise
    except Refused as refusal:
        take_back(substitution_id=substitution_id, reason=refusal.code, now=now)


def order_of(sub: Substitution) -> Order | None:
    """Return the present order of a substitution, once the market has it."""
    return Order.objects.filter(
        buyer_id=sub.of_allocation.agreement.buyer_id,
        client_order_id=client_order_id_of(sub.name),
    ).first()


@transaction.atomic
def conclude(*, substitution_id: int, now: datetime) -> Substitution:
    """Let the filled order replace the delivery, and charge the seller what it cost more."""
    sub = locked_substitution(substitution_id)
    order = order_of(sub) if sub.state == "ORDERED" else None
    if order is None or order.state in NOT_ENDED:
        return sub
    trade = Trade.objects.filter(order=order).first()
    if trade is None:
        return take_back(substitution_id=substitution_id, reason="NOT_FILLED", now=now)
    cost = max(0, trade.held_micros - sub.share_micros)
    replace_delivery(sub, trade, cost, now)
    # Where it came cheaper than was set aside, the rest returns to the seller.
    collect_damages(agreement_id=sub.of_allocation.agreement_id, now=now)
    return sub


@transaction.atomic
def take_back(*, substitution_id: int, reason: str, now: datetime) -> Substitution:
    """Undo what was set aside for an order that came to nothing; look again later."""
    sub = locked_substitution(substitution_id)
    if sub.state != "ORDERED":
        return sub
    agreement = Agreement.objects.select_for_update(no_key=True).get(
        pk=sub.of_allocation.agreement_id
    )
    buyer = agreement.buyer_id
    lock_accounts(keys=(trading(buyer),), now=now)
    restored = min(sub.released_micros, balance_of(trading(buyer)) - sub.advance_micros)
    restored = max(0, restored)
    if restored:
        name = f"substitution:{sub.name}"
        hold_funds(member_id=buyer, reason=name, amount_micros=restored, now=now)
        move_hold(
            from_reason=name,
            to_reason=agreement.hold_reason,
            amount_micros=restored,
            key=f"{name}:back",
            now=now,
        )
    seek_again(sub, reason, restored=restored, now=now)
    collect_damages(agreement_id=agreement.pk, now=now)
    return sub
