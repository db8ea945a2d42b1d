"""Every address of the house."""

from django.urls import include, path

urlpatterns = [
    path("", include("desk.pages.urls")),
    path("accounts/", include("allauth.urls")),
]
