"""Estimated round-trip times from great-circle distance, until they are measured."""

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371.0
# Light in fibre covers about 204 km a millisecond; routes are longer than the great
# circle by 1.4 (1.8 at worst), and equipment adds 1 ms (3 ms at worst).
FIBRE_KM_PER_MS = 204.19
MICRODEGREES = 1_000_000


@dataclass(frozen=True)
class RttEstimate:
    """Median and high estimate of a round trip, in whole microseconds."""

    median_us: int
    high_us: int


def great_circle_km(a_udeg: tuple[int, int], b_udeg: tuple[int, int]) -> float:
    """Return the distance of two points in (latitude, longitude) micro-degrees (haversine)."""
    lat_a, lon_a, lat_b, lon_b = (radians(x / MICRODEGREES) for x in (*a_udeg, *b_udeg))
    half = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(half))


def estimated_rtt_us(a_udeg: tuple[int, int], b_udeg: tuple[int, int]) -> RttEstimate:
    """Estimate the round trip between two points; an estimate, never a measurement."""
    ideal_ms = 2 * great_circle_km(a_udeg, b_udeg) / FIBRE_KM_PER_MS
    return RttEstimate(
        median_us=round((ideal_ms * 1.4 + 1) * 1000), high_us=round((ideal_ms * 1.8 + 3) * 1000)
    )
