"""The site's meter and the buyer's probe: when they disagree enough to be disputed."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange.lifecycle import Lifecycle
from exchange.units import BP

# Two per cent of what the hour was contracted for; below that the site's meter stands.
TOLERANCE_BP = 200

DISPUTE_LIFECYCLE: Lifecycle[str] = Lifecycle(
    start="OPEN",
    moves={
        "OPEN": frozenset({"UPHELD", "DISMISSED"}),
        "UPHELD": frozenset(),
        "DISMISSED": frozenset(),
    },
)


@dataclass(frozen=True)
class TwoMeters:
    """One hour by both meters, in device-seconds."""

    contracted_device_seconds: int
    site_device_seconds: int
    probe_device_seconds: int

    @property
    def difference_bp(self) -> int:
        """By how much the site says more than the probe, of what was contracted; rounded down."""
        difference = self.site_device_seconds - self.probe_device_seconds
        return difference * BP // self.contracted_device_seconds

    @property
    def is_beyond_tolerance(self) -> bool:
        """Tell whether the site says more than two per cent above the probe."""
        difference = self.site_device_seconds - self.probe_device_seconds
        return difference * BP > self.contracted_device_seconds * TOLERANCE_BP


def upheld_quarters(site: Sequence[int], probe: Sequence[int]) -> tuple[int, ...]:
    """Return what counts where a dispute is upheld: the lower of the two, quarter by quarter."""
    return tuple(min(pair) for pair in zip(site, probe, strict=True))
