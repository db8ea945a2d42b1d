"""Addresses of the room's API, under `/api/v1/`."""

from django.urls import path

from accounts.api import openapi  # noqa: F401 - registers itself
from accounts.api.views import CallerView

urlpatterns = [path("me", CallerView.as_view(), name="api-me")]
