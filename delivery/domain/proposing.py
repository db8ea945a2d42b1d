"""From a forecast of idle devices to listings that a seller could publish."""

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.domain.forecast import weeks_that_had
from delivery.domain.idle import rectangles
from delivery.domain.pricing import marginal_fen
from exchange.units import BP, MICROS_PER_FEN

MOST_PROPOSALS = 3
LONGEST_HOURS = 24
FEWEST_DEVICE_HOURS = 2


@dataclass(frozen=True)
class PoolCosts:
    """What an hour of a pool's devices draws, and the tariff of each hour of the day."""

    power_w: int
    pue_thousandths: int
    fen_per_mwh: tuple[int, ...]

    def marginal_micros(self, hours_of_day: Sequence[int]) -> int:
        """Return the electricity of a device-hour on average over these hours, in micros."""
        tariffs = [self.fen_per_mwh[hour] for hour in hours_of_day]
        return marginal_fen(self.power_w, self.pue_thousandths, tariffs) * MICROS_PER_FEN


@dataclass(frozen=True)
class Expected:
    """What a pool is expected to leave idle, hour by hour from hour number `first_hour` on.

    `idle` is the low edge of the forecast, less what the capacity ledger has in orders, sold or
    in auctions. `history` is idle devices of the hours before; `history_ends` is the number of
    the hour that follows it.
    """

    first_hour: int
    idle: tuple[int, ...]
    devices_per_node: int
    history: tuple[int, ...]
    history_ends: int


@dataclass(frozen=True)
class Proposed:
    """Devices for a window of hours, its cost, and how often that window was idle before."""

    first_hour: int
    hours: int
    devices: int
    marginal_micros: int
    weeks_idle: int
    weeks_seen: int


@dataclass(frozen=True)
class RuleLimits:
    """What a standing rule lets through: devices at once and device-hours a day, how sure."""

    most_devices: int
    most_device_hours_a_day: int
    sure_bp: int


def proposals(expected: Expected, costs: PoolCosts, hour_of_day: Sequence[int]) -> list[Proposed]:
    """Return the largest windows of whole nodes, side by side, at most three.

    `hour_of_day` names each expected hour's slot in the delivery day, for the tariff.
    """
    found = rectangles(
        expected.idle,
        max(1, expected.devices_per_node),
        most=MOST_PROPOSALS,
        longest_hours=LONGEST_HOURS,
    )
    offset = expected.first_hour - expected.history_ends
    proposed = []
    for first, hours, devices in found:
        if devices * hours < FEWEST_DEVICE_HOURS:
            continue
        had, of = weeks_that_had(expected.history, offset + first, hours, devices)
        proposed.append(
            Proposed(
                first_hour=expected.first_hour + first,
                hours=hours,
                devices=devices,
                marginal_micros=costs.marginal_micros(hour_of_day[first : first + hours]),
                weeks_idle=had,
                weeks_seen=of,
            )
        )
    return proposed


def is_sure(weeks_idle: int, weeks_seen: int, sure_bp: int) -> bool:
    """Tell whether the window was idle in a large enough share of past weeks; never on no week."""
    return weeks_seen > 0 and weeks_idle * BP >= sure_bp * weeks_seen


def devices_allowed(
    wanted: int, hours: int, *, node: int, limits: RuleLimits, listed_device_hours: int
) -> int:
    """Return how many of the wanted devices a rule may list for so many hours: whole nodes.

    `listed_device_hours` is what it has listed for that delivery day already.
    """
    left = max(limits.most_device_hours_a_day - listed_device_hours, 0)
    devices = min(wanted, limits.most_devices, left // hours)
    return devices - devices % max(1, node)
