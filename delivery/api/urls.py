"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from delivery.api.agent_doors import (
    AgentReadings,
    Heartbeats,
    Leases,
    Outputs,
    Results,
    Sessions,
)
from delivery.api.agent_joining import Challenges, Credentials, Enrol
from delivery.api.agent_probes import Measurements, Probes
from delivery.api.agents import Agents, EnrolmentCodes, RevokeAgent
from delivery.api.allocations import (
    AllocationQuality,
    AllocationReadings,
    Allocations,
    AllocationSeals,
    OneAllocation,
)
from delivery.api.chains import Chains
from delivery.api.data import Datasets, OneDataset, Pieces, StageAgain
from delivery.api.jobs import (
    CancelGroup,
    CancelJob,
    JobFile,
    JobFiles,
    JobOutput,
    Jobs,
    JobStream,
    OneJob,
    SubmitJob,
)
from delivery.api.links import (
    ConfirmLink,
    LinkDeliveries,
    LinkHours,
    LinkReadings,
    OneLinkDelivery,
    ReportLink,
)
from delivery.api.probe import AllDisputes, DecideDispute, Disputes, ProbeReadings
from delivery.api.readings import ManyReadings, Readings, SiteKeys
from delivery.api.recalls import Recalls
from delivery.api.services import JobEndpoint, JobHealth
from delivery.api.shells import OpenShell, Shells

urlpatterns = [
    path("allocations/", Allocations.as_view(), name="api-allocations"),
    path("allocations/<int:pk>/", OneAllocation.as_view(), name="api-allocation"),
    path(
        "allocations/<int:pk>/readings/",
        AllocationReadings.as_view(),
        name="api-allocation-readings",
    ),
    path(
        "allocations/<int:pk>/quality/", AllocationQuality.as_view(), name="api-allocation-quality"
    ),
    path("allocations/<int:pk>/seals/", AllocationSeals.as_view(), name="api-allocation-seals"),
    path("allocations/<int:pk>/jobs/", SubmitJob.as_view(), name="api-submit-job"),
    path("allocations/<int:pk>/chain/", Chains.as_view(), name="api-chain"),
    path("allocations/<int:pk>/recall/", Recalls.as_view(), name="api-recall"),
    path("allocations/<int:pk>/probe/", ProbeReadings.as_view(), name="api-probe"),
    path("allocations/<int:pk>/disputes/", Disputes.as_view(), name="api-dispute"),
    path("meter-disputes/", AllDisputes.as_view(), name="api-disputes"),
    path("meter-disputes/<int:pk>/decide/", DecideDispute.as_view(), name="api-decide-dispute"),
    path("link-deliveries/", LinkDeliveries.as_view(), name="api-link-deliveries"),
    path("link-deliveries/<int:pk>/", OneLinkDelivery.as_view(), name="api-link-delivery"),
    path("link-deliveries/<int:pk>/readings/", LinkReadings.as_view(), name="api-link-readings"),
    path("link-deliveries/<int:pk>/hours/", LinkHours.as_view(), name="api-link-hours"),
    path("link-deliveries/<int:pk>/confirm/", ConfirmLink.as_view(), name="api-confirm-link"),
    path("link-deliveries/<int:pk>/report/", ReportLink.as_view(), name="api-report-link"),
    path("allocations/<int:pk>/datasets/", Datasets.as_view(), name="api-datasets"),
    path("datasets/<int:pk>/", OneDataset.as_view(), name="api-dataset"),
    path("datasets/<int:pk>/restage/", StageAgain.as_view(), name="api-stage-again"),
    path("datasets/<int:pk>/files/<int:file_id>/", Pieces.as_view(), name="api-data-piece"),
    path("allocations/<int:pk>/sessions/", OpenShell.as_view(), name="api-open-session"),
    path("sessions/", Shells.as_view(), name="api-sessions"),
    path("jobs/", Jobs.as_view(), name="api-jobs"),
    path("jobs/<int:pk>/", OneJob.as_view(), name="api-job"),
    path("jobs/<int:pk>/cancel/", CancelJob.as_view(), name="api-cancel-job"),
    path("jobs/<int:pk>/log/stream/", JobStream.as_view(), name="api-job-stream"),
    path("jobs/<int:pk>/endpoint/", JobEndpoint.as_view(), name="api-job-endpoint"),
    path("jobs/<int:pk>/health/", JobHealth.as_view(), name="api-job-health"),
    path("jobs/<int:pk>/outputs/", JobFiles.as_view(), name="api-job-outputs"),
    path("jobs/<int:pk>/outputs/<int:output_id>/", JobFile.as_view(), name="api-job-output"),
    path("job-groups/<int:pk>/cancel/", CancelGroup.as_view(), name="api-cancel-group"),
    path("jobs/<int:pk>/log/", JobOutput.as_view(), name="api-job-log"),
    path("readings/", Readings.as_view(), name="api-readings"),
    path("site-agents/", Agents.as_view(), name="api-agents"),
    path("site-agents/codes/", EnrolmentCodes.as_view(), name="api-agent-codes"),
    path("site-agents/<str:name>/revoke/", RevokeAgent.as_view(), name="api-revoke-agent"),
    path("agent/enrolments/", Enrol.as_view(), name="agent-enrol"),
    path("agent/challenges/", Challenges.as_view(), name="agent-challenge"),
    path("agent/credentials/", Credentials.as_view(), name="agent-credential"),
    path("agent/sessions/", Sessions.as_view(), name="agent-session"),
    path("agent/heartbeats/", Heartbeats.as_view(), name="agent-heartbeat"),
    path("agent/leases/", Leases.as_view(), name="agent-lease"),
    path("agent/results/", Results.as_view(), name="agent-result"),
    path("agent/readings/", AgentReadings.as_view(), name="agent-readings"),
    path("agent/probes/", Probes.as_view(), name="agent-probes"),
    path("agent/measurements/", Measurements.as_view(), name="agent-measurement"),
    path("agent/outputs/", Outputs.as_view(), name="agent-output"),
    path("readings/many/", ManyReadings.as_view(), name="api-many-readings"),
    path("site-keys/", SiteKeys.as_view(), name="api-site-keys"),
]
