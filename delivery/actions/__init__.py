"""What the room does."""

from delivery.actions.agent_joining import (
    Enrolled,
    Issued,
    challenge_for,
    enrol_agent,
    issue_credential,
    issue_enrolment_code,
    revoke_agent,
)
from delivery.actions.agent_sessions import (
    Heartbeat,
    check_clock,
    check_fence,
    open_session,
    take_heartbeat,
)
from delivery.actions.agent_sweeping import AgentsSwept, sweep_agents
from delivery.actions.agent_work import Outcome, lease_commands, report_outcome, take_output
from delivery.actions.allocations import fail_allocation, plan_allocation
from delivery.actions.data.registering import register_dataset, stage_again, withdraw_dataset
from delivery.actions.data.staging import stage_dataset, stage_due
from delivery.actions.data.uploading import put_piece, upload_whole
from delivery.actions.disputes import accept_probe_readings, decide_dispute, open_dispute
from delivery.actions.ending import drop_old_outputs, end_unserved
from delivery.actions.endpoints import Opened, open_endpoint
from delivery.actions.intake import SignedBatch, accept_batches
from delivery.actions.jobs import cancel_group, cancel_job, submit_job, submit_work
from delivery.actions.keys import register_site_key, revoke_site_key
from delivery.actions.links.confirming import confirm_link
from delivery.actions.links.metering import read_link_meters
from delivery.actions.links.planning import plan_link
from delivery.actions.links.provisioning import provision_link
from delivery.actions.links.reporting import LinkReadingsTaken, accept_link_readings
from delivery.actions.links.sealing import seal_due_link_hours, seal_link_hour
from delivery.actions.links.sweeping import release_unowned_links, sweep_links
from delivery.actions.metering import read_meters
from delivery.actions.paths import set_city_probe, take_measurement
from delivery.actions.proposals import dismiss_proposal, list_by_rule, list_proposal
from delivery.actions.provisioning import provision, provision_all
from delivery.actions.queueing import schedule_queue
from delivery.actions.readings import Accepted, accept_readings
from delivery.actions.recalling import end_recalled, recall_allocation
from delivery.actions.running import drive_job
from delivery.actions.sealing import seal_due_hours, seal_hour
from delivery.actions.serving import look_at_services, record_look
from delivery.actions.shells import OpenedShell, end_visits, open_shell
from delivery.actions.standing_rules import set_standing_rule, switch_rule_off
from delivery.actions.starting import complete_due, start_due
from delivery.actions.substituting import (
    give_up,
    locked_substitution,
    note_ordered,
    open_substitution,
    replace_delivery,
    seek_again,
    still_seeking,
)
from delivery.actions.surveying import sites_due, survey_site
from delivery.actions.sweeping import release_orphans, sweep
from delivery.actions.tariffs import load_tariffs
from delivery.actions.verifying import ReadingsProof, prove_readings
from delivery.actions.watching import renew_handover, watch_handovers

__all__ = [
    "Accepted",
    "AgentsSwept",
    "Enrolled",
    "Heartbeat",
    "Issued",
    "LinkReadingsTaken",
    "Opened",
    "OpenedShell",
    "Outcome",
    "ReadingsProof",
    "SignedBatch",
    "accept_batches",
    "accept_link_readings",
    "accept_probe_readings",
    "accept_readings",
    "cancel_group",
    "cancel_job",
    "challenge_for",
    "check_clock",
    "check_fence",
    "complete_due",
    "confirm_link",
    "decide_dispute",
    "dismiss_proposal",
    "drive_job",
    "drop_old_outputs",
    "end_recalled",
    "end_unserved",
    "end_visits",
    "enrol_agent",
    "fail_allocation",
    "give_up",
    "issue_credential",
    "issue_enrolment_code",
    "lease_commands",
    "list_by_rule",
    "list_proposal",
    "load_tariffs",
    "locked_substitution",
    "look_at_services",
    "note_ordered",
    "open_dispute",
    "open_endpoint",
    "open_session",
    "open_shell",
    "open_substitution",
    "plan_allocation",
    "plan_link",
    "prove_readings",
    "provision",
    "provision_all",
    "provision_link",
    "put_piece",
    "read_link_meters",
    "read_meters",
    "recall_allocation",
    "record_look",
    "register_dataset",
    "register_site_key",
    "release_orphans",
    "release_unowned_links",
    "renew_handover",
    "replace_delivery",
    "report_outcome",
    "revoke_agent",
    "revoke_site_key",
    "schedule_queue",
    "seal_due_hours",
    "seal_due_link_hours",
    "seal_hour",
    "seal_link_hour",
    "seek_again",
    "set_city_probe",
    "set_standing_rule",
    "sites_due",
    "stage_again",
    "stage_dataset",
    "stage_due",
    "start_due",
    "still_seeking",
    "submit_job",
    "submit_work",
    "survey_site",
    "sweep",
    "sweep_agents",
    "sweep_links",
    "switch_rule_off",
    "take_heartbeat",
    "take_measurement",
    "take_output",
    "upload_whole",
    "watch_handovers",
    "withdraw_dataset",
]
