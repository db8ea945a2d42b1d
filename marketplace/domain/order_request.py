"""What a buyer sends: every requirement of an order, before anything is looked up."""

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from exchange.price import hold_micros
from exchange.requirement import Requirement

# Their order says nothing.
LISTS = ("families_allowed", "families_excluded", "chips_allowed", "firmness", "zones_allowed")
_lists_of = attrgetter(*LISTS)
_encode = msgspec.json.Encoder().encode


# An instant says its offset: one without cannot be compared with the market's time.
Instant = Annotated[datetime, Meta(tz=True)]


class OrderRequest(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A buy order as its sender wrote it. Codes name cities, chips and zones.

    `unit` DEVICES: amount in devices, limit per device-hour. PFLOPS: amount in GFLOPS,
    limit per PFLOPS-hour. `limit_unit` may repeat the unit; another is refused.
    """

    unit: str
    amount: int
    hours: int
    earliest: Instant
    latest: Instant
    limit_micros: int
    limit_unit: str = ""
    budget_micros: int | None = None
    families_allowed: tuple[str, ...] = ()
    families_excluded: tuple[str, ...] = ()
    chips_allowed: tuple[str, ...] = ()
    stack: str = ""
    min_memory_gb: int = 0
    min_scale_up_gbs: int = 0
    min_scale_out_gbps: int = 0
    city: str | None = None
    max_rtt_us: int | None = None
    link_gbps: int = 0
    move_gb: int = 0
    firmness: tuple[str, ...] = ("FIRM",)
    zones_allowed: tuple[str, ...] = ()
    max_pue_thousandths: int | None = None
    max_carbon_g_per_kwh: int | None = None
    workload_class: str = "TRAINING"
    splittable: bool = False
    min_lot_devices: int = 1
    time_in_force: str = "GTC"
    expires_at: Instant | None = None
    self_trade: str = "CANCEL_NEWEST"

    @property
    def requirement(self) -> Requirement:
        """Return the conditions on a place."""
        return Requirement(
            families_allowed=frozenset(self.families_allowed),
            families_excluded=frozenset(self.families_excluded),
            chips_allowed=frozenset(self.chips_allowed),
            stack=self.stack,
            min_memory_gb=self.min_memory_gb,
            min_scale_up_gbs=self.min_scale_up_gbs,
            min_scale_out_gbps=self.min_scale_out_gbps,
            max_rtt_us=self.max_rtt_us,
            link_gbps=self.link_gbps,
            move_gb=self.move_gb,
            firmness=frozenset(self.firmness),
            zones_allowed=frozenset(self.zones_allowed),
            max_pue_thousandths=self.max_pue_thousandths,
            max_carbon_g_per_kwh=self.max_carbon_g_per_kwh,
        )

    def hold_micros(self, vat_bp: int) -> int:
        """Return what is held for the order at that VAT rate, gross."""
        return hold_micros(
            unit=self.unit,
            amount=self.amount,
            hours=self.hours,
            limit_micros=self.limit_micros,
            vat_bp=vat_bp,
            budget_micros=self.budget_micros,
        )

    def canonical(self) -> bytes:
        """Return one text for one content; what is left to its default is left out."""
        changes: dict[str, Any] = {
            name: tuple(sorted(words))
            for name, words in zip(LISTS, _lists_of(self), strict=True)
            if len(words) > 1
        }
        if self.limit_unit:
            changes["limit_unit"] = ""
        return _encode(msgspec.structs.replace(self, **changes) if changes else self)
