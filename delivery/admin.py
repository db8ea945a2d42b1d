"""Opens allocations and readings to watchers; a job's content stays its buyer's."""

from counter.watching import open_for_watching
from delivery.models import (
    AcceptanceTest,
    Allocation,
    AllocationEvent,
    Attempt,
    Reading,
    ReadingBatch,
    SealedUsage,
    SiteKey,
)

open_for_watching(Allocation, AllocationEvent, AcceptanceTest, Attempt)
open_for_watching(Reading, ReadingBatch, SealedUsage, SiteKey)
