"""What the room does."""

from delivery.actions.allocations import fail_allocation, plan_allocation
from delivery.actions.jobs import cancel_job, submit_job
from delivery.actions.keys import register_site_key, revoke_site_key
from delivery.actions.metering import read_meters
from delivery.actions.provisioning import provision, provision_all
from delivery.actions.readings import Accepted, accept_readings
from delivery.actions.running import drive_job
from delivery.actions.sealing import seal_due_hours, seal_hour
from delivery.actions.starting import complete_due, start_due
from delivery.actions.sweeping import release_orphans, sweep
from delivery.actions.verifying import ReadingsProof, prove_readings
from delivery.actions.watching import renew_handover, watch_handovers

__all__ = [
    "Accepted",
    "ReadingsProof",
    "accept_readings",
    "cancel_job",
    "complete_due",
    "drive_job",
    "fail_allocation",
    "plan_allocation",
    "prove_readings",
    "provision",
    "provision_all",
    "read_meters",
    "register_site_key",
    "release_orphans",
    "renew_handover",
    "revoke_site_key",
    "seal_due_hours",
    "seal_hour",
    "start_due",
    "submit_job",
    "sweep",
    "watch_handovers",
]
