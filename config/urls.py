"""Every address of the house."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.api.token import MemberTokenView
from billing.api.webhooks import stripe_webhook
from config.events import events
from config.health import healthz, readyz
from config.job_output import job_output
from config.metrics import metrics

handler400 = "config.error_pages.bad_request"
handler403 = "config.error_pages.permission_denied"
handler404 = "config.error_pages.not_found"
handler500 = "config.error_pages.server_error"

urlpatterns = [
    path("healthz", healthz),
    path("readyz", readyz),
    path("metrics", metrics),
    path("events/", events),
    path("events/jobs/<int:pk>/", job_output),
    path("", include("desk.pages.urls")),
    path("", include("oversight.pages.urls")),
    path("", include("marketplace.pages.urls")),
    path("", include("accounts.pages.urls")),
    path("", include("contracts.pages.urls")),
    path("", include("billing.pages.urls")),
    path("webhooks/stripe/", stripe_webhook),
    path("", include("delivery.pages.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("oauth/token/", MemberTokenView.as_view(), name="token"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("marketplace.api.urls")),
    path("api/v1/", include("contracts.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/v1/", include("oversight.api.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/", include("delivery.api.urls")),
]
