"""What metered hours are worth under frozen terms. One rounding a line, and only there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from contracts.domain.remedies import damages
from contracts.domain.terms import Terms
from exchange.units import BP, SECONDS_PER_HOUR, half_even_div

# Settlement runs in their order: first figures, then the final ones, then reruns.
RUNS = ("II", "SF", "R1", "RF")


@dataclass(frozen=True)
class MeteredHour:
    """One sealed delivery period in one run.

    `used_device_seconds` is what the buyer took of what was delivered; None counts all that
    was held for the buyer as taken, which is how today's meters read. `owed_device_seconds`
    are those that a recall has left; None is all that was contracted. `cover_micros` is what
    a substitute that delivers instead costs more; None where there is none.
    """

    hour_start: datetime
    run: str
    contracted_device_seconds: int
    delivered_device_seconds: int
    used_device_seconds: int | None = None
    owed_device_seconds: int | None = None
    cover_micros: int | None = None

    @property
    def counted_device_seconds(self) -> int:
        """What is paid for here: nothing where a substitute delivers."""
        return 0 if self.cover_micros is not None else self.delivered_device_seconds

    @property
    def guaranteed_device_seconds(self) -> int:
        """The device-seconds that the guarantee is a share of."""
        owed = self.owed_device_seconds
        return self.contracted_device_seconds if owed is None else owed


@dataclass(frozen=True)
class Charge:
    """The lines of an agreement's money, whole micros; differences may be negative."""

    value_micros: int = 0
    vat_micros: int = 0
    fee_micros: int = 0
    fee_vat_micros: int = 0
    damages_micros: int = 0

    def __add__(self, other: "Charge") -> "Charge":
        return Charge(*(a + b for a, b in zip(self._lines, other._lines, strict=True)))

    def __sub__(self, other: "Charge") -> "Charge":
        return Charge(*(a - b for a, b in zip(self._lines, other._lines, strict=True)))

    @property
    def _lines(self) -> tuple[int, int, int, int, int]:
        return (
            self.value_micros,
            self.vat_micros,
            self.fee_micros,
            self.fee_vat_micros,
            self.damages_micros,
        )

    @property
    def buyer_micros(self) -> int:
        """What the buyer pays, VAT included, before damages."""
        return self.value_micros + self.vat_micros

    @property
    def seller_micros(self) -> int:
        """What the seller is owed, VAT included, after the exchange's fee, before damages."""
        return self.buyer_micros - self.fee_micros - self.fee_vat_micros


class _InRun(Protocol):
    @property
    def hour_start(self) -> datetime: ...
    @property
    def run(self) -> str: ...


Hour = TypeVar("Hour", bound=_InRun)


def hours_that_count(metered: Iterable[Hour]) -> tuple[Hour, ...]:
    """Return each hour's latest run, in order of time; the order of arrival does not matter."""
    latest: dict[datetime, Hour] = {}
    for hour in metered:
        known = latest.get(hour.hour_start)
        if known is None or RUNS.index(hour.run) > RUNS.index(known.run):
            latest[hour.hour_start] = hour
    return tuple(latest[start] for start in sorted(latest))


def charge_of(terms: Terms, hours: Iterable[MeteredHour]) -> Charge:
    """Return what the hours together are worth under one version of the terms.

    Value is rounded once, half to even, from cumulative device-seconds, each at the price of
    its hour; VAT and fee from the value; damages hour by hour, because each delivery period
    counts alone.
    """
    counted = list(hours)
    priced = [(terms.in_hour(hour.hour_start), hour) for hour in counted]
    payable = sum(payable_device_seconds_bp(one, hour) * one.price_micros for one, hour in priced)
    value = half_even_div(payable, BP * SECONDS_PER_HOUR)
    fee = half_even_div(value * terms.seller_fee_bp, BP)
    return Charge(
        value_micros=value,
        vat_micros=half_even_div(value * terms.vat_bp, BP),
        fee_micros=fee,
        fee_vat_micros=half_even_div(fee * terms.vat_bp, BP),
        damages_micros=sum(
            damages(one, hour.guaranteed_device_seconds, hour.delivered_device_seconds)
            if hour.cover_micros is None
            else hour.cover_micros
            for one, hour in priced
        ),
    )


def payable_device_seconds_bp(terms: Terms, hour: MeteredHour) -> int:
    """Return the device-seconds to pay, times 10,000: what was used, or the take-or-pay share.

    The buyer never pays for more than what was delivered.
    """
    delivered = hour.counted_device_seconds
    used = delivered if hour.used_device_seconds is None else hour.used_device_seconds
    return max(min(used, delivered) * BP, delivered * terms.take_or_pay_bp)


def worth(versions: Sequence[tuple[datetime, Terms]], metered: Iterable[MeteredHour]) -> Charge:
    """Return what an agreement's metered hours are worth under its versions of the terms.

    `versions` are (effective from, terms), oldest first. Each version is a line of its own,
    so each is rounded on its own; an hour before the first version counts under the first.
    """
    groups: dict[int, list[MeteredHour]] = {}
    for hour in hours_that_count(metered):
        in_effect = [i for i, (since, _) in enumerate(versions) if since <= hour.hour_start]
        groups.setdefault(in_effect[-1] if in_effect else 0, []).append(hour)
    return sum((charge_of(versions[i][1], group) for i, group in groups.items()), Charge())
