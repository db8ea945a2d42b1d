"""Addresses of the room's pages."""

from django.urls import path

from delivery.pages import deliveries, jobs

app_name = "delivery"
urlpatterns = [
    path("deliveries/", deliveries.deliveries, name="deliveries"),
    path("deliveries/<int:pk>/", deliveries.delivery_page, name="delivery"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/<int:pk>/", jobs.job_page, name="job"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="cancel_job"),
    path("connectors/", deliveries.connectors, name="connectors"),
]
