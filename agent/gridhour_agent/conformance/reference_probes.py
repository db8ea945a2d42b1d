"""The reference platform's ways: one responder named, its measurements kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from gridhour_agent.conformance.refusal import No, signed
from gridhour_agent.market_time import wall_now
from gridhour_agent.probing import Measured
from gridhour_agent.reporting import probe_message

FIGURES = (
    *("samples", "lost", "rtt_median_us", "rtt_p95_us", "mbps_down", "mbps_up", "moved_bytes"),
)
LEAST_RTT_US = 1


@dataclass
class Ways:
    """Which way is to be measured, and what was sent of it."""

    faults: frozenset[str]
    city: str = "conform"
    host: str = "127.0.0.1"
    port: int = 7_380
    stored: dict[str, Measured] = field(default_factory=dict)

    def named(self) -> dict[str, Any]:
        """Tell what to measure."""
        seconds = 1_000 if "probe_unbounded" in self.faults else 1
        return {
            "targets": [{"city": self.city, "host": self.host, "port": self.port}],
            "bounds": {"samples": 5, "most_bytes": 1 << 16, "most_seconds": seconds},
            "every_s": 900,
        }

    def taken(self, body: Mapping[str, Any], agent: str, public_key: str) -> dict[str, Any]:
        """Take a measurement, or raise No."""
        if body["city"] != self.city and "way_of_anybody" not in self.faults:
            raise No(404, "E-NOT-FOUND")
        found = Measured(*(int(body[name]) for name in FIGURES))
        at = str(body["measured_at"])
        late = datetime.fromisoformat(at) > wall_now() + timedelta(minutes=1)
        untrue = found.rtt_median_us < LEAST_RTT_US or found.lost >= found.samples or late
        if untrue and "measurement_untrue" not in self.faults:
            raise No(422, "E-PROBE-01")
        message = probe_message(agent, str(body["city"]), at, found)
        proof = signed(public_key, str(body["signature"]), message)
        if not proof and "measurement_unproved" not in self.faults:
            raise No(422, "E-PROBE-03")
        before = self.stored.get(at)
        if before is not None and before != found:
            raise No(409, "E-PROBE-02")
        self.stored[at] = found
        return {"stored": before is None or "measurement_twice" in self.faults}
