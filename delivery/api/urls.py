"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from delivery.api.allocations import (
    AllocationReadings,
    Allocations,
    AllocationSeals,
    OneAllocation,
)
from delivery.api.jobs import CancelJob, JobOutput, Jobs, OneJob, SubmitJob
from delivery.api.readings import Readings, SiteKeys

urlpatterns = [
    path("allocations/", Allocations.as_view(), name="api-allocations"),
    path("allocations/<int:pk>/", OneAllocation.as_view(), name="api-allocation"),
    path(
        "allocations/<int:pk>/readings/",
        AllocationReadings.as_view(),
        name="api-allocation-readings",
    ),
    path("allocations/<int:pk>/seals/", AllocationSeals.as_view(), name="api-allocation-seals"),
    path("allocations/<int:pk>/jobs/", SubmitJob.as_view(), name="api-submit-job"),
    path("jobs/", Jobs.as_view(), name="api-jobs"),
    path("jobs/<int:pk>/", OneJob.as_view(), name="api-job"),
    path("jobs/<int:pk>/cancel/", CancelJob.as_view(), name="api-cancel-job"),
    path("jobs/<int:pk>/log/", JobOutput.as_view(), name="api-job-log"),
    path("readings/", Readings.as_view(), name="api-readings"),
    path("site-keys/", SiteKeys.as_view(), name="api-site-keys"),
]
