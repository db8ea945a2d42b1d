"""The checks in the order in which they build on one another."""

from gridhour_agent.conformance import joining, probing, working
from gridhour_agent.conformance.suite import Check

ORDER = (
    joining.code_unknown,
    joining.code_with_proof,
    joining.code_once,
    joining.code_again,
    joining.challenge_once,
    joining.challenge_bound,
    joining.challenge_made_up,
    joining.key_proved,
    joining.credential_needed,
    joining.session_begins,
    joining.session_fences,
    joining.protocol_known,
    joining.fields_known,
    joining.heartbeat_answers,
    working.leased_once,
    working.lost_given_again,
    working.session_frees,
    working.result_once,
    working.acceptance_needs_figures,
    working.output_in_order,
    working.chain_own,
    working.chain_checked,
    working.clock_right,
    working.readings_once,
    working.reading_kept,
    probing.probes_named,
    probing.measurement_proved,
    probing.measurement_true,
    probing.measurement_once,
    probing.measurement_of_named,
    working.next_agent,
)
CHECKS = {
    act.__name__.replace("_", "-"): Check(act.__name__.replace("_", "-"), act) for act in ORDER
}
