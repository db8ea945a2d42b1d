"""Rows of what was delivered."""

from delivery.models.acceptance import AcceptanceTest
from delivery.models.agent_work import AgentCommand, AgentHandover, AgentJob
from delivery.models.allocation import Allocation, AllocationEvent
from delivery.models.attempt import Attempt
from delivery.models.data import DataFile, DataPiece, Dataset, DatasetState
from delivery.models.dispute import DisputeState, MeterDispute, ProbeReading
from delivery.models.job import Job, JobGroup, JobKind, JobLog, JobOutput, JobVariant
from delivery.models.link import (
    LinkDelivery,
    LinkEvent,
    LinkReading,
    LinkTest,
    SealedLinkHour,
)
from delivery.models.path import CityProbe, PathMeasurement
from delivery.models.reading import Reading, ReadingBatch, SealedUsage, SiteKey
from delivery.models.service import HealthCheck, Service
from delivery.models.shell import Shell, ShellVisit
from delivery.models.site_agent import AgentCredential, EnrolmentCode, SiteAgent
from delivery.models.substitution import Substitution, SubstitutionState
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
    "AgentCommand",
    "AgentCredential",
    "AgentHandover",
    "AgentJob",
    "Allocation",
    "AllocationEvent",
    "Attempt",
    "CityProbe",
    "DataFile",
    "DataPiece",
    "Dataset",
    "DatasetState",
    "DisputeState",
    "ElectricityTariff",
    "EnrolmentCode",
    "HealthCheck",
    "Job",
    "JobGroup",
    "JobKind",
    "JobLog",
    "JobOutput",
    "JobVariant",
    "LinkDelivery",
    "LinkEvent",
    "LinkReading",
    "LinkTest",
    "ListingProposal",
    "MeterDispute",
    "PathMeasurement",
    "PoolSurvey",
    "ProbeReading",
    "ProposalState",
    "Reading",
    "ReadingBatch",
    "SealedLinkHour",
    "SealedUsage",
    "Service",
    "Shell",
    "ShellVisit",
    "SiteAgent",
    "SiteKey",
    "SiteSurvey",
    "StandingRule",
    "Substitution",
    "SubstitutionState",
]
