"""Opens allocations and readings to watchers; a job's content stays its buyer's."""

from counter.watching import open_for_watching
from delivery.models import (
    AcceptanceTest,
    AgentCommand,
    AgentHandover,
    Allocation,
    AllocationEvent,
    Attempt,
    EnrolmentCode,
    Reading,
    ReadingBatch,
    SealedUsage,
    SiteAgent,
    SiteKey,
)

open_for_watching(Allocation, AllocationEvent, AcceptanceTest, Attempt)
open_for_watching(Reading, ReadingBatch, SealedUsage, SiteKey)
open_for_watching(SiteAgent, AgentCommand, AgentHandover)
open_for_watching(EnrolmentCode, hidden=("code_sha256",))
