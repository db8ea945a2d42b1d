"""What the room answers."""

from delivery.queries.agents import (
    ConnectorHealth,
    Meter,
    agent_of_token,
    agents_of,
    allocation_of_chain,
    health_of,
    meters_of,
)
from delivery.queries.allocations import (
    all_deliveries,
    allocation_for,
    delivered_share,
    delivered_shares,
    deliveries_of,
    live_process_allocations,
    totals_of,
    utilisation,
)
from delivery.queries.chains import Station, chain_for
from delivery.queries.endpoints import (
    Endpoint,
    checks_of,
    endpoint_of,
    shell_of,
    shells_at,
    shells_of,
)
from delivery.queries.jobs import (
    job_for,
    jobs_of,
    line_of,
    log_after,
    output_for,
    outputs_of,
    standing_of,
)
from delivery.queries.quarters import QuarterFact, quarters_of
from delivery.queries.queue import members_with_jobs
from delivery.queries.substitutes import (
    Quote,
    allocations_in_default,
    chain_of,
    is_dark,
    sellers_passed_by,
    substitution_before,
    substitutions_under_way,
)
from delivery.queries.substitutes import quote as quote_substitute
from delivery.queries.work import (
    agreements_awaiting_allocation,
    allocations_to_meter,
    allocations_to_provision,
    hours_awaiting_seal,
    running_jobs,
)

__all__ = [
    "ConnectorHealth",
    "Endpoint",
    "Meter",
    "QuarterFact",
    "Quote",
    "Station",
    "agent_of_token",
    "agents_of",
    "agreements_awaiting_allocation",
    "all_deliveries",
    "allocation_for",
    "allocation_of_chain",
    "allocations_in_default",
    "allocations_to_meter",
    "allocations_to_provision",
    "chain_for",
    "chain_of",
    "checks_of",
    "delivered_share",
    "delivered_shares",
    "deliveries_of",
    "endpoint_of",
    "health_of",
    "hours_awaiting_seal",
    "is_dark",
    "job_for",
    "jobs_of",
    "line_of",
    "live_process_allocations",
    "log_after",
    "members_with_jobs",
    "meters_of",
    "output_for",
    "outputs_of",
    "quarters_of",
    "quote_substitute",
    "running_jobs",
    "sellers_passed_by",
    "shell_of",
    "shells_at",
    "shells_of",
    "standing_of",
    "substitution_before",
    "substitutions_under_way",
    "totals_of",
    "utilisation",
]
