"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("desk.pages.urls")),
    path("", include("contracts.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
