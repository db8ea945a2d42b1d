"""The way from a site to a demand city: which measurements can be true, and what they are worth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.units import BP
from marketplace.domain.distance import great_circle_km

# What agents are asked for: so many round trips, so many bytes and seconds each way.
PROBE_SAMPLES = 20
PROBE_BYTES = 8 << 20
PROBE_SECONDS = 3
PROBE_EVERY_S = 900
MOST_SAMPLES = 200
MOST_RTT_US = 10_000_000
MOST_MBPS = 10_000_000
# A measurement may come late, but never from the future, clocks apart.
LATEST = timedelta(hours=24)
CLOCK_APART = timedelta(seconds=60)
# Light in the void goes 299.79 km a millisecond: no round trip beats twice the distance by it.
LIGHT_KM_PER_MS = 299.79
# Measurements replace an estimate when there are enough of them in a day.
WINDOW = timedelta(hours=24)
LEAST_MEASUREMENTS = 5
LEAST_ROUND_TRIPS = 80
# A figure that hardly moves is not told again: the market reads all of a site for each.
WORTH_TELLING_BP = 200


@dataclass(frozen=True)
class PathMeasured:
    """One measurement: round trips in µs, how many of them were lost, Mbit/s both ways."""

    measured_at: datetime
    samples: int
    lost: int
    rtt_median_us: int
    rtt_p95_us: int
    mbps_down: int
    mbps_up: int
    moved_bytes: int

    @property
    def told(self) -> str:
        """The figures as the site's key signs them."""
        return (
            f"{self.samples}|{self.lost}|{self.rtt_median_us}|{self.rtt_p95_us}|"
            f"{self.mbps_down}|{self.mbps_up}|{self.moved_bytes}"
        )


@dataclass(frozen=True)
class PathFigure:
    """What the market goes by: µs, and from how many measurements and round trips."""

    rtt_us: int
    rtt_p95_us: int
    measurements: int
    round_trips: int


def probe_message(agent: str, city: str, measured_at: str, found: PathMeasured) -> bytes:
    """Return the bytes that the site's key signs for a measurement; the instant as it was sent."""
    return f"gridhour probe\n{agent}\n{city}\n{measured_at}\n{found.told}".encode()


def least_rtt_us(a_udeg: tuple[int, int], b_udeg: tuple[int, int]) -> int:
    """Return the shortest round trip that light allows between two points, in µs."""
    return int(2 * great_circle_km(a_udeg, b_udeg) / LIGHT_KM_PER_MS * 1000)


def path_flag_of(found: PathMeasured, *, least_us: int, wall: datetime) -> str:
    """Return why a measurement cannot be true, or an empty string."""
    troubles = (
        (not 1 <= found.samples <= MOST_SAMPLES, "samples out of bounds"),
        (not 0 <= found.lost < found.samples, "no round trip came back"),
        (not 0 < found.rtt_median_us <= found.rtt_p95_us <= MOST_RTT_US, "round trips in disorder"),
        (found.rtt_median_us < least_us, "faster than light"),
        (not min(found.mbps_down, found.mbps_up) >= 0, "negative"),
        (max(found.mbps_down, found.mbps_up) > MOST_MBPS, "more than a link can carry"),
        (not 0 <= found.moved_bytes <= 4 * PROBE_BYTES, "more bytes than were asked for"),
        (found.measured_at > wall + CLOCK_APART, "from the future"),
        (found.measured_at < wall - LATEST, "too old"),
    )
    return next((flag for wrong, flag in troubles if wrong), "")


def figure_of(measured: Iterable[PathMeasured], wall: datetime) -> PathFigure | None:
    """Return what the measurements of the last 24 hours say; None where they are too few.

    The market goes by the 95th percentile of their medians: one quiet night shortens no way.
    """
    recent = [one for one in measured if wall - WINDOW < one.measured_at <= wall + CLOCK_APART]
    round_trips = sum(one.samples - one.lost for one in recent)
    if len(recent) < LEAST_MEASUREMENTS or round_trips < LEAST_ROUND_TRIPS:
        return None
    return PathFigure(
        rtt_us=nearest_rank([one.rtt_median_us for one in recent], 95),
        rtt_p95_us=nearest_rank([one.rtt_p95_us for one in recent], 95),
        measurements=len(recent),
        round_trips=round_trips,
    )


def nearest_rank(values: Sequence[int], percent: int) -> int:
    """Return the value that `percent` of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def worth_telling(figure: PathFigure, known_us: int | None) -> bool:
    """Tell whether a figure differs by more than two per cent from the measured one in force."""
    return known_us is None or abs(figure.rtt_us - known_us) * BP > known_us * WORTH_TELLING_BP
