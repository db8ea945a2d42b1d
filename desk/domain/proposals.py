"""Proposals: the largest rectangles of idle devices that could still be listed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from delivery.domain.idle import largest_rectangle
from exchange.window import HOUR


@dataclass(frozen=True)
class IdleHours:
    """Idle devices of one pool, hour by hour, from the first hour that may still trade."""

    pool_id: int
    first_hour: datetime
    idle: tuple[int, ...]
    devices_per_node: int
    # The chip's reference price per device-hour; None where there is none.
    price_micros: int | None


@dataclass(frozen=True)
class Proposal:
    """Devices of a pool for a window, at an ask; nobody asked the site's scheduler."""

    pool_id: int
    devices: int
    starts_at: datetime
    ends_at: datetime
    ask_micros: int

    @property
    def hours(self) -> int:
        """How many hours the window has."""
        return int((self.ends_at - self.starts_at) / HOUR)

    @property
    def device_hours(self) -> int:
        """How much would be listed."""
        return self.devices * self.hours

    @property
    def worth_micros(self) -> int:
        """What it would bring if all of it sold at the ask, net."""
        return self.device_hours * self.ask_micros


def proposals_for(pools: Iterable[IdleHours], most: int = 3) -> list[Proposal]:
    """Return at most one proposal a pool, the most valuable first; pools without price none."""
    found = []
    for pool in pools:
        first, hours, devices = largest_rectangle(pool.idle, max(1, pool.devices_per_node))
        if devices and pool.price_micros:
            starts_at = pool.first_hour + first * HOUR
            found.append(
                Proposal(
                    pool_id=pool.pool_id,
                    devices=devices,
                    starts_at=starts_at,
                    ends_at=starts_at + hours * HOUR,
                    ask_micros=pool.price_micros,
                )
            )
    return sorted(found, key=lambda one: (-one.worth_micros, one.pool_id))[:most]
