"""The price collar, one-sided: no buy too far above, no sell too far below a reference."""

from collections.abc import Iterable
from dataclasses import dataclass

from exchange.price import DEVICES
from exchange.units import BP, GFLOPS_PER_PFLOPS
from marketplace.domain.refusals import OutsideCollar

# Of the reference price, in basis points: for what would execute now, and for what rests.
BUY_NOW_BP = 11_000
SELL_NOW_BP = 9_000
BUY_RESTING_BP = 50_000
SELL_RESTING_BP = 2_000


@dataclass(frozen=True)
class Reference:
    """The reference price of a chip model, per device-hour, and its nominal compute."""

    chip_id: int
    chip: str
    price_micros: int
    nominal_gflops: int


def check_buy_limit(unit: str, limit_micros: int, references: Iterable[Reference]) -> None:
    """Refuse a limit beyond the static band of every chip that it could buy."""
    bounds = [
        (r.price_micros * BUY_RESTING_BP // BP, r.chip)
        if unit == DEVICES
        else (
            r.price_micros * BUY_RESTING_BP * GFLOPS_PER_PFLOPS // (BP * r.nominal_gflops),
            r.chip,
        )
        for r in references
    ]
    if bounds and limit_micros > max(bounds)[0]:
        bound, chip = max(bounds)
        raise OutsideCollar(price_micros=limit_micros, bound_micros=bound, chip=chip)


def check_sell_ask(ask_micros: int, reference: Reference | None) -> None:
    """Refuse an ask below the static band of its chip."""
    if reference is not None and ask_micros * BP < reference.price_micros * SELL_RESTING_BP:
        raise _below(ask_micros, reference, SELL_RESTING_BP)


def most_bought(reference: Reference | None, otherwise: int) -> int:
    """Return the highest price per device-hour at which an arriving buy may trade now."""
    if reference is None:
        return otherwise
    return min(otherwise, reference.price_micros * BUY_NOW_BP // BP)


def check_bought(price_micros: int, reference: Reference | None) -> None:
    """Refuse an arriving buy that would trade too far above the reference."""
    if reference is not None and price_micros * BP > reference.price_micros * BUY_NOW_BP:
        raise OutsideCollar(
            price_micros=price_micros,
            bound_micros=reference.price_micros * BUY_NOW_BP // BP,
            chip=reference.chip,
        )


def check_sold(price_micros: int, reference: Reference | None) -> None:
    """Refuse an arriving sell that would trade too far below the reference."""
    if reference is not None and price_micros * BP < reference.price_micros * SELL_NOW_BP:
        raise _below(price_micros, reference, SELL_NOW_BP)


def _below(price_micros: int, reference: Reference, share_bp: int) -> OutsideCollar:
    return OutsideCollar(
        field="ask_micros",
        price_micros=price_micros,
        bound_micros=reference.price_micros * share_bp // BP,
        chip=reference.chip,
    )
