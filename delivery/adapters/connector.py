"""The one small protocol by which capacity is handed over and metered."""

import socket
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

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


class ConnectorFailed(Exception):
    """The site could not do it now; trying again may help."""


class Fenced(ConnectorFailed):
    """The site knows a later generation of this hand-over; this one must stop."""


class Pending(ConnectorFailed):
    """The site works on it; asking again later costs no try, the deadline alone ends it."""


class DoorClosed(ConnectorFailed):
    """The job's door is not open: it has not come up, or its job has ended."""


class Connector(Protocol):
    """What a kind of site can do. Every call may be repeated; names make it harmless."""

    def ensure(self, view: AllocationView) -> Handle:
        """Create the hand-over, or adopt it when its name exists.

        Ends earlier generations; raises Fenced when a later one is known.
        """

    def inspect(self, view: AllocationView) -> Status:
        """Tell how the hand-over is, and renew its lease at the site."""

    def release(self, external_name: str) -> None:
        """End the hand-over and its jobs; nothing happens when it is gone already."""

    def accept_test(self, view: AllocationView) -> Measured:
        """Measure what was handed over."""

    def read_meter(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return each quarter's device-seconds; None where the meter is silent."""

    def run_job(self, view: AllocationView, job: JobSpec) -> None:
        """Start the job unless its external id has been started."""

    def job_state(self, view: AllocationView, external_id: str) -> JobStatus:
        """Tell where the job stands."""

    def job_log(self, view: AllocationView, external_id: str, offset: int) -> bytes:
        """Return the job's output from a byte offset on, at most one piece."""

    def cancel_job(self, view: AllocationView, external_id: str) -> None:
        """Stop the job; nothing happens when it has ended."""

    def inventory(self) -> Sequence[str]:
        """Return the external names of all hand-overs that live at the connector's sites."""

    def sign(self, site_code: str, message: bytes) -> tuple[str, str]:
        """Return the site's public key and its signature of the message, in hex."""


@runtime_checkable
class InspectsTogether(Protocol):
    """A connector that knows how many hand-overs are as quickly as one."""

    def inspect_all(self, views: Sequence[AllocationView]) -> Mapping[str, Status]:
        """Return by external name what `inspect` would say of each."""


@runtime_checkable
class KeepsOutputs(Protocol):
    """A connector that brings back the files a job left in its folder of outputs."""

    def job_outputs(self, view: AllocationView, external_id: str) -> Mapping[str, bytes]:
        """Return an ended job's files by name, within the limits of the job door."""

    def job_begins_with(
        self, view: AllocationView, external_id: str, files: Mapping[str, bytes]
    ) -> None:
        """Put files into the outputs of a job that has not been started yet."""


@runtime_checkable
class StagesData(Protocol):
    """A connector that takes data for jobs, piece by piece, and shows it to them whole.

    Files are named `<dataset>/<path>`; what stands at the site ends with the hand-over.
    """

    @property
    def takes_data(self) -> bool:
        """Tell whether the centre has a place for data."""

    def staged(self, view: AllocationView) -> Mapping[str, Held]:
        """Return what stands there of each file, whole or in part."""

    def stage(self, view: AllocationView, name: str, offset: int, content: bytes) -> int:
        """Write the bytes at an offset; return how many the site took of them, from the first on.

        The same bytes may come again; those that would leave a gap are refused.
        """

    def seal_staged(self, view: AllocationView, name: str, sha256: str) -> bool:
        """Show the file to jobs if its hash is that; if not, throw it away and return False."""


@runtime_checkable
class Checkpoints(Protocol):
    """A connector that can warn a job before its devices are taken back."""

    def checkpoint_job(self, view: AllocationView, external_id: str, seconds: int) -> None:
        """Send the job SIGUSR1, and end it after the seconds given."""


@runtime_checkable
class HasDoors(Protocol):
    """A connector whose jobs may be entered from the house, each by a door of its own."""

    def enter(self, view: AllocationView, external_id: str) -> socket.socket:
        """Connect to the door of a running job, in bounded time.

        DoorClosed when nobody is behind it; ConnectorFailed when the site cannot be asked.
        """
