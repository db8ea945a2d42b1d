"""A settlement's difference as lines of the money book; balanced with the buyer's hold."""

from billing.domain.rating import Charge
from exchange.posting import Line
from ledger.domain.accounts import payable, trading


def settlement_key(usage_id: int, *, agreement: str) -> str:
    """Return the key of what a sealed hour posts for its devices, or for a link beside them.

    `agreement` is the number of theirs: a link's ends in -L, further ones beside it in -L2, -L3.
    """
    _, is_link, nth = agreement.rpartition("-L")
    return f"settlement:{usage_id}:link{nth}" if is_link else f"settlement:{usage_id}"


def link_settlement_key(link_hour_id: int) -> str:
    """Return the key of what a sealed hour of a link posts, by the link's own meter."""
    return f"settlement:L{link_hour_id}"


def settlement_lines(charge: Charge, *, seller_id: int) -> tuple[Line, ...]:
    """Return every line but the buyer's: seller, fee and tax. Lines of nothing are left out."""
    lines = (
        Line(payable(seller_id), charge.seller_micros),
        Line("fees", charge.fee_micros),
        Line("tax", charge.fee_vat_micros),
    )
    return tuple(line for line in lines if line.amount_micros)


def damages_lines(
    amount_micros: int, *, buyer_id: int, seller_id: int, payable_micros: int
) -> tuple[Line, ...]:
    """Return the lines that pay damages to the buyer: payable first, then trading funds.

    A negative amount gives damages back to the seller's payable.
    """
    from_payable = min(amount_micros, payable_micros) if amount_micros > 0 else amount_micros
    lines = (
        Line(payable(seller_id), -from_payable),
        Line(trading(seller_id), from_payable - amount_micros),
        Line(trading(buyer_id), amount_micros),
    )
    return tuple(line for line in lines if line.amount_micros)
