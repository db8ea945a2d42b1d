"""Opens allocations and readings to watchers; a job's content stays its buyer's."""

from counter.watching import open_for_watching
from delivery.models import (
    AcceptanceTest,
    AgentCommand,
    AgentHandover,
    Allocation,
    AllocationEvent,
    Attempt,
    CityProbe,
    EnrolmentCode,
    LinkDelivery,
    LinkEvent,
    LinkReading,
    LinkTest,
    PathMeasurement,
    Reading,
    ReadingBatch,
    SealedLinkHour,
    SealedUsage,
    SiteAgent,
    SiteKey,
)

open_for_watching(Allocation, AllocationEvent, AcceptanceTest, Attempt)
open_for_watching(Reading, ReadingBatch, SealedUsage, SiteKey)
open_for_watching(LinkDelivery, LinkEvent, LinkTest, LinkReading, SealedLinkHour)
open_for_watching(CityProbe, PathMeasurement)
open_for_watching(SiteAgent, AgentCommand, AgentHandover)
open_for_watching(EnrolmentCode, hidden=("code_sha256",))
