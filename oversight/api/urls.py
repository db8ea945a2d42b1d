"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from oversight.api.views import Assessments, Licences, NationalRatios, Statistics

urlpatterns = [
    path("statistics/", Statistics.as_view(), name="api-statistics"),
    path("national/ratios/", NationalRatios.as_view(), name="api-national-ratios"),
    path("licences/", Licences.as_view(), name="api-licences"),
    path("assessments/", Assessments.as_view(), name="api-assessments"),
]
