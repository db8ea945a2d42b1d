"""What an order requires of a place, and why an offer does not satisfy it."""

from collections.abc import Callable
from dataclasses import dataclass

Condition = Callable[["Requirement", "Place"], bool]


@dataclass(frozen=True)
class Requirement:
    """Conditions on a place. Empty sets, empty text, zero and None ask for nothing.

    `link_gbps` and `move_gb` are no conditions on the place: they ask for a carrier's link
    from its zone, which is bought with the devices.
    """

    families_allowed: frozenset[str] = frozenset()
    families_excluded: frozenset[str] = frozenset()
    chips_allowed: frozenset[str] = frozenset()
    stack: str = ""
    min_memory_gb: int = 0
    min_scale_up_gbs: int = 0
    min_scale_out_gbps: int = 0
    max_rtt_us: int | None = None
    link_gbps: int = 0
    move_gb: int = 0
    firmness: frozenset[str] = frozenset()
    zones_allowed: frozenset[str] = frozenset()
    max_pue_thousandths: int | None = None
    max_carbon_g_per_kwh: int | None = None

    @property
    def linked(self) -> bool:
        """Tell whether a link is asked for."""
        return bool(self.link_gbps or self.move_gb)


@dataclass(frozen=True, eq=False)
class Place:
    """What a pool offers, seen from one order: its RTT is that to the order's city."""

    family: str
    chip: str
    stack: str
    memory_gb: int
    scale_up_gbs: int
    scale_out_gbps: int
    zone: str
    pue_thousandths: int
    carbon_g_per_kwh: int
    firmness: str
    rtt_us: int | None = None


@dataclass(frozen=True)
class Mismatch:
    """One condition that a place does not satisfy: what was wanted, and what it has."""

    code: str
    wanted: object
    found: object


def _at_most(found: int | None, ceiling: int | None) -> bool:
    """An unknown figure satisfies no ceiling."""
    return ceiling is None or (found is not None and found <= ceiling)


@dataclass(frozen=True)
class _Rule:
    code: str
    holds: Condition
    wanted: Callable[[Requirement], object]
    found: Callable[[Place], object]


_RULES = (
    _Rule(
        "FAMILY",
        lambda r, p: (
            (not r.families_allowed or p.family in r.families_allowed)
            and p.family not in r.families_excluded
        ),
        lambda r: sorted(r.families_allowed) or [f"not {name}" for name in _sorted(r)],
        lambda p: p.family,
    ),
    _Rule(
        "CHIP",
        lambda r, p: not r.chips_allowed or p.chip in r.chips_allowed,
        lambda r: sorted(r.chips_allowed),
        lambda p: p.chip,
    ),
    _Rule(
        "STACK",
        lambda r, p: not r.stack or p.stack == r.stack,
        lambda r: r.stack,
        lambda p: p.stack,
    ),
    _Rule(
        "MEMORY",
        lambda r, p: p.memory_gb >= r.min_memory_gb,
        lambda r: r.min_memory_gb,
        lambda p: p.memory_gb,
    ),
    _Rule(
        "SCALE_UP",
        lambda r, p: p.scale_up_gbs >= r.min_scale_up_gbs,
        lambda r: r.min_scale_up_gbs,
        lambda p: p.scale_up_gbs,
    ),
    _Rule(
        "SCALE_OUT",
        lambda r, p: p.scale_out_gbps >= r.min_scale_out_gbps,
        lambda r: r.min_scale_out_gbps,
        lambda p: p.scale_out_gbps,
    ),
    _Rule(
        "ZONE",
        lambda r, p: not r.zones_allowed or p.zone in r.zones_allowed,
        lambda r: sorted(r.zones_allowed),
        lambda p: p.zone,
    ),
    _Rule(
        "PUE",
        lambda r, p: _at_most(p.pue_thousandths, r.max_pue_thousandths),
        lambda r: r.max_pue_thousandths,
        lambda p: p.pue_thousandths,
    ),
    _Rule(
        "CARBON",
        lambda r, p: _at_most(p.carbon_g_per_kwh, r.max_carbon_g_per_kwh),
        lambda r: r.max_carbon_g_per_kwh,
        lambda p: p.carbon_g_per_kwh,
    ),
    _Rule(
        "FIRMNESS",
        lambda r, p: not r.firmness or p.firmness in r.firmness,
        lambda r: sorted(r.firmness),
        lambda p: p.firmness,
    ),
    _Rule(
        "RTT",
        lambda r, p: _at_most(p.rtt_us, r.max_rtt_us),
        lambda r: r.max_rtt_us,
        lambda p: p.rtt_us,
    ),
)

# The order in which a sieve asks: kind of device, place, promise, network.
CONDITIONS = tuple(rule.code for rule in _RULES)


def _sorted(requirement: Requirement) -> list[str]:
    return sorted(requirement.families_excluded)


def satisfies(requirement: Requirement, place: Place) -> bool:
    """Tell whether the place satisfies every condition."""
    return all(rule.holds(requirement, place) for rule in _RULES)


def mismatches(requirement: Requirement, place: Place) -> tuple[Mismatch, ...]:
    """Return each condition that the place does not satisfy, in the order of CONDITIONS."""
    return tuple(
        Mismatch(rule.code, rule.wanted(requirement), rule.found(place))
        for rule in _RULES
        if not rule.holds(requirement, place)
    )


class Sieve:
    """Remembers what it found of each place: many offers share one."""

    def __init__(self, requirement: Requirement) -> None:
        self._requirement = requirement
        self._failed: dict[Place, frozenset[str]] = {}

    def failed(self, place: Place) -> frozenset[str]:
        """Return the codes of the conditions that the place does not satisfy."""
        known = self._failed.get(place)
        if known is None:
            known = frozenset(
                rule.code for rule in _RULES if not rule.holds(self._requirement, place)
            )
            self._failed[place] = known
        return known

    def passes(self, place: Place) -> bool:
        """Tell whether the place satisfies every condition."""
        return not self.failed(place)
