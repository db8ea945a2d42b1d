"""From micros to fen: the second and last rounding, and where the difference goes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from exchange.posting import Line
from exchange.units import MICROS_PER_FEN, half_even_div
from exchange.window import day_start, delivery_day
from ledger.domain.accounts import payable

# A day whose hours are not all settled is invoiced all the same after this time,
PATIENCE = timedelta(hours=6)
# but one whose hours the house has yet to seal or settle itself, not before this: else what a
# paper says would depend on when a worker was away.
PATIENCE_WITH_OURSELVES = timedelta(days=3)
EXCHANGE = 0


@dataclass(frozen=True)
class InvoiceKey:
    """Who bills whom for which delivery day; the exchange (None) bills its fee to sellers."""

    issuer_id: int | None
    customer_id: int
    delivery_day: date

    def __str__(self) -> str:
        return f"{self.issuer_id or EXCHANGE}:{self.customer_id}:{self.delivery_day}"


@dataclass(frozen=True)
class BilledLine:
    """One agreement's part; net and VAT in micros, negative when a later run found less.

    `gbps_seconds` and `moved_mb` are what a link's own meter found.
    """

    agreement_id: int
    kind: str
    device_seconds: int
    net_micros: int
    vat_micros: int
    gbps_seconds: int = 0
    moved_mb: int = 0


@dataclass(frozen=True)
class Totals:
    """An invoice in whole fen."""

    net_fen: int
    vat_fen: int
    exact_micros: int

    def less(self, before: "Totals") -> "Totals":
        """Return what is left to put on paper when `before` is on paper already."""
        return Totals(
            net_fen=self.net_fen - before.net_fen,
            vat_fen=self.vat_fen - before.vat_fen,
            exact_micros=self.exact_micros - before.exact_micros,
        )

    @property
    def total_fen(self) -> int:
        """What the paper says in the end."""
        return self.net_fen + self.vat_fen

    @property
    def difference_micros(self) -> int:
        """What the rounding to fen added (positive) or took."""
        return self.total_fen * MICROS_PER_FEN - self.exact_micros

    @property
    def kind(self) -> str:
        """A negative total is a credit note."""
        return "CREDIT_NOTE" if self.total_fen < 0 else "INVOICE"


def totals_of(lines: Iterable[BilledLine], before: Iterable[BilledLine] = ()) -> Totals:
    """Return what the next paper of a day and pair says, `before` being on its papers already.

    The whole day is summed in micros and rounded to fen, half to even; a paper says by how much
    that has changed. So the papers of a day say together what one paper would have said.
    """
    earlier = list(before)
    return _rounded([*earlier, *lines]).less(_rounded(earlier))


def _rounded(lines: list[BilledLine]) -> Totals:
    billed = [line for line in lines if line.kind != "DAMAGES"]
    net = sum(line.net_micros for line in billed)
    vat = sum(line.vat_micros for line in billed)
    return Totals(
        net_fen=half_even_div(net, MICROS_PER_FEN),
        vat_fen=half_even_div(vat, MICROS_PER_FEN),
        exact_micros=net + vat,
    )


def number_of(issuer_id: int | None, sequence: int) -> str:
    """Return the invoice's number: issuer and a sequence without gaps; GH00000 is the exchange."""
    return f"GH{issuer_id or EXCHANGE:05d}-{sequence:06d}"


def residue_change(key: InvoiceKey, difference_micros: int, payable_micros: int) -> int:
    """Return what the residue account gains so that the seller's side is whole fen.

    The seller's payable gives it (or receives it), so a seller is paid what the papers say.
    It never gives more than it has.
    """
    change = -difference_micros if key.issuer_id is not None else difference_micros
    return min(change, payable_micros)


def residue_lines(key: InvoiceKey, change_micros: int) -> tuple[Line, ...]:
    """Return the lines between the seller's payable and the residue account."""
    seller_id = key.customer_id if key.issuer_id is None else key.issuer_id
    return (Line("residue", change_micros), Line(payable(seller_id), -change_micros))


def days_waited_for(now: datetime) -> list[date]:
    """Return the delivery days that have ended and are still waited for, oldest first."""
    today = delivery_day(now)
    recent = [today - timedelta(days=ago) for ago in range(PATIENCE_WITH_OURSELVES.days + 1, 0, -1)]
    return [day for day in recent if not patience_with_ourselves_is_over(day, now)]


def day_is_over(day: date, now: datetime) -> bool:
    """Tell whether the delivery day has ended."""
    return day_start(day + timedelta(days=1)) <= now


def patience_is_over(day: date, now: datetime) -> bool:
    """Tell whether a day is invoiced although somebody's hours are not settled."""
    return day_start(day + timedelta(days=1)) + PATIENCE <= now


def patience_with_ourselves_is_over(day: date, now: datetime) -> bool:
    """Tell whether a day is invoiced although we have not sealed or settled all we could."""
    return day_start(day + timedelta(days=1)) + PATIENCE_WITH_OURSELVES <= now
