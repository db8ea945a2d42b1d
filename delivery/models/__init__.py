"""Rows of what was delivered."""

from delivery.models.acceptance import AcceptanceTest
from delivery.models.allocation import Allocation, AllocationEvent
from delivery.models.attempt import Attempt
from delivery.models.job import Job, JobLog, JobVariant
from delivery.models.reading import Reading, ReadingBatch, SealedUsage, SiteKey
from delivery.models.survey import (
    ElectricityTariff,
    ListingProposal,
    PoolSurvey,
    ProposalState,
    SiteSurvey,
    StandingRule,
)

__all__ = [
    "AcceptanceTest",
    "Allocation",
    "AllocationEvent",
    "Attempt",
    "ElectricityTariff",
    "Job",
    "JobLog",
    "JobVariant",
    "ListingProposal",
    "PoolSurvey",
    "ProposalState",
    "Reading",
    "ReadingBatch",
    "SealedUsage",
    "SiteKey",
    "SiteSurvey",
    "StandingRule",
]
