"""Addresses of the room's API, under `/api/v1/`."""

from django.urls import path

from accounts.api import openapi  # noqa: F401 - registers itself
from accounts.api.schema import SessionScheme, TokenScheme
from accounts.api.views import CallerView

# Imported so that the OpenAPI document knows how callers are told apart.
__all__ = ["SessionScheme", "TokenScheme", "urlpatterns"]

urlpatterns = [path("me", CallerView.as_view(), name="api-me")]
