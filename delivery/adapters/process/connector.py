"""The process connector: hand-overs on this machine, for real."""

import json
import os
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings

from counter.failpoints import failpoint
from delivery.adapters.connector import ConnectorFailed, DoorClosed
from delivery.adapters.process import doorway, staging
from delivery.adapters.process.holdings import Holdings
from delivery.adapters.process.keeping import archive_of, kept_in
from delivery.adapters.process.meter import MISSED_NS, Span, overlap_us, read_spans
from delivery.adapters.process.places import Holding, living_pid, read_json, write_json
from delivery.adapters.signatures import sign_for_site
from delivery.domain.handover import (
    AllocationView,
    Handle,
    Held,
    JobSpec,
    JobStatus,
    Measured,
    Metered,
    MeterWindow,
    Status,
)
from delivery.domain.jobs import MAX_OUTPUT_BYTES
from delivery.domain.metering import held_device_seconds

PIECE_BYTES = 16 * 1024
TEST_LIMIT_S = 30
TEST_PAUSE_S = 0.05
MOST_TESTS = 12


class ProcessConnector:
    """One device is one processor slot of this machine; one holder process a hand-over."""

    gives_shells = True
    takes_data = True

    def __init__(self) -> None:
        """Keep hand-overs below the checkout's own folder of state."""
        self.holdings = Holdings(Path(settings.VAR_DIR).resolve())

    def ensure(self, view: AllocationView) -> Handle:
        """Start the holder, or adopt the one that lives; end earlier generations."""
        adopted = self.holdings.ensure(view.base_name, view.generation)
        return Handle(view.external_name, view.generation, adopted)

    def inspect(self, view: AllocationView) -> Status:
        """Renew the lease; tell whether the holder lives and ticks."""
        holding = self._holding(view)
        if not living_pid(holding):
            return Status(alive=False, healthy=False, detail="the holder process is gone")
        os.utime(holding.lease)
        spans = read_spans(holding.spans)
        ticking = bool(spans) and time.time_ns() - spans[-1].to_ns <= MISSED_NS
        if not ticking:
            return Status(alive=True, healthy=False, detail="the holder process does not tick")
        if not spans[-1].healthy:
            return Status(alive=True, healthy=False, detail="the devices are not healthy")
        return Status(alive=True, healthy=True)

    def release(self, external_name: str) -> None:
        """End the holder and its jobs."""
        self.holdings.release(external_name)

    def inventory(self) -> Sequence[str]:
        """Return the names of all holders that live; what killed ones left is ended."""
        return self.holdings.living_names()

    def accept_test(self, view: AllocationView) -> Measured:
        """Measure matrix products in the job's own confinement, one thread a device."""
        name = self._test_to_run(view)
        program = Path(__file__).with_name("benchmark.py").read_text()
        argv = ("python3", "-c", program, str(view.devices))
        self.run_job(view, JobSpec(name, argv, view.devices, TEST_LIMIT_S))
        status = self._wait_for(view, name)
        output = self.job_log(view, name, 0).decode(errors="replace")
        if status.exit_code != 0 or status.reason:
            tail = output.strip()[-120:]
            msg = f"the acceptance test ended with {status.exit_code} {status.reason} {tail}"
            raise ConnectorFailed(msg)
        evidence = json.loads(output)
        figures = [int(figure["gflops"]) for figure in evidence["devices"]]
        evidence |= {"method": "GEMM FP32", "cpu_ms": status.cpu_ms, "mode": self.holdings.mode}
        return Measured(len(figures), min(figures, default=0), evidence)

    def _test_to_run(self, view: AllocationView) -> str:
        """Return the test that runs or went well, else a new one: an ended one tells no more."""
        name = ""
        for number in range(1, MOST_TESTS + 1):
            name = f"acceptance-g{view.generation}" + f"-{number}" * (number > 1)
            status = self.job_state(view, name)
            if not status.known or status.running or (status.exit_code == 0 and not status.reason):
                break
        return name

    def _wait_for(self, view: AllocationView, name: str) -> JobStatus:
        deadline = time.monotonic() + TEST_LIMIT_S
        while (status := self.job_state(view, name)).running:
            if time.monotonic() > deadline:
                msg = "the acceptance test did not end in time"
                raise ConnectorFailed(msg)
            time.sleep(TEST_PAUSE_S)
        return status

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Convert the share of wall time held and healthy to each market quarter."""
        spans = list(self.holdings.spans_of(view.base_name))
        if spans and living_pid(self._holding(view)):
            # Between two ticks the devices are held; a holder that is stopped ticks no more.
            last = spans[-1]
            spans[-1] = Span(last.from_ns, last.to_ns + MISSED_NS, last.healthy)
        return [_metered(view.devices, spans, window) for window in windows]

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Leave the job for the holder to start."""
        holding = self._living(view)
        folder = holding.job(job.external_id)
        folder.mkdir(exist_ok=True)
        if not (folder / "spec.json").exists():
            spec = {
                "argv": list(job.argv),
                "devices": job.devices,
                "time_limit_s": job.time_limit_s,
                "env": dict(job.env),
                "output_bytes": MAX_OUTPUT_BYTES,
                "port": job.port,
                "entered": job.entered,
            }
            write_json(folder / "spec.json", spec)
            failpoint("process.job_left")

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Read what the holder wrote of the job."""
        holding = self._holding(view)
        folder = holding.job(external_id)
        if not (folder / "spec.json").exists():
            return JobStatus(known=False)
        state = read_json(folder / "state.json")
        if state.get("running", True):
            alive = bool(living_pid(holding))
            reason = "" if alive else "lost with the hand-over"
            return JobStatus(known=True, running=alive, reason=reason)
        return JobStatus(
            known=True,
            exit_code=state["exit_code"],
            reason=state.get("reason", ""),
            cpu_ms=state.get("cpu_ms"),
        )

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return the next piece of the job's output."""
        try:
            with (self._holding(view).job(external_id) / "log").open("rb") as log:
                log.seek(offset)
                return log.read(PIECE_BYTES)
        except FileNotFoundError:
            return b""

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """Ask the holder to kill the job."""
        folder = self._holding(view).job(external_id)
        if folder.exists():
            (folder / "cancel").touch()

    def checkpoint_job(self, view: AllocationView, external_id: str, seconds: int) -> None:
        """Ask the holder to warn the job, and to end it when its time is up."""
        folder = self._holding(view).job(external_id)
        if folder.exists() and not (folder / "checkpoint").exists():
            write_json(folder / "checkpoint", {"seconds": seconds})

    def job_outputs(self, view: AllocationView, external_id: str) -> Mapping[str, bytes]:
        """Read what the job left, as the work of a stranger that it is."""
        archive = self._holding(view).job(external_id) / "outputs.tar"
        return dict(kept_in(archive, MAX_OUTPUT_BYTES))

    def job_begins_with(
        self, view: AllocationView, external_id: str, files: Mapping[str, bytes]
    ) -> None:
        """Leave the files for the holder; a job that was left already keeps what it has."""
        folder = self._holding(view).job(external_id)
        folder.mkdir(exist_ok=True)
        if not (folder / "spec.json").exists():
            with (folder / "begin.tar").open("wb") as target:
                archive_of(files, target)

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        """Return what stands in the hand-over's folders of data."""
        return staging.staged(self._living(view))

    def stage(self, view: AllocationView, name: str, offset: int, content: bytes) -> int:
        """Write out of the jobs' sight."""
        return staging.stage(self._living(view), name, offset, content)

    def seal_staged(self, view: AllocationView, name: str, sha256: str) -> bool:
        """Move a file of that hash to where jobs see it, read only."""
        return staging.seal(self._living(view), name, sha256)

    def enter(self, view: AllocationView, external_id: str) -> socket.socket:
        """Connect to the door of a job that runs here."""
        try:
            return doorway.enter(self._holding(view).job(external_id))
        except OSError as closed:
            msg = "nobody is behind the job's door"
            raise DoorClosed(msg) from closed

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Sign with the key that this machine keeps for the site."""
        return sign_for_site(site_code, message)

    def _living(self, view: AllocationView) -> Holding:
        holding = self._holding(view)
        if not living_pid(holding):
            msg = "the holder process is gone"
            raise ConnectorFailed(msg)
        return holding

    def _holding(self, view: AllocationView) -> Holding:
        return self.holdings.holding(view.base_name, view.generation)


def _metered(devices: int, spans: Sequence[Span], window: MeterWindow) -> Metered:
    """Return what the stretches say of the window."""
    from_ns, to_ns = _ns(window.wall_from.timestamp()), _ns(window.wall_to.timestamp())
    wall_us = (to_ns - from_ns) // 1_000
    held_us = overlap_us(spans, from_ns, to_ns, healthy=True)
    ill_us = overlap_us(spans, from_ns, to_ns, healthy=False)
    if wall_us <= 0:
        # The market stepped over the quarter: what is held at that moment counts.
        held_us = sum(span.healthy and span.from_ns <= to_ns <= span.to_ns for span in spans)
        wall_us = 1
    return Metered(
        interval_start=window.interval_start,
        delivered_device_seconds=held_device_seconds(devices, held_us, wall_us),
        unhealthy_device_seconds=held_device_seconds(devices, ill_us, wall_us),
    )


def _ns(seconds: float) -> int:
    return int(seconds * 1_000_000) * 1_000
