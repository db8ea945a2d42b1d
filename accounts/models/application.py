"""ApiApplication: a member's credential for the API (OAuth2 client credentials)."""

from django.db import models
from oauth2_provider.models import AbstractApplication


class ApiApplication(AbstractApplication):  # type: ignore[misc]
    """Acts for exactly one member; its scopes bound what its tokens may do."""

    member = models.ForeignKey(
        "accounts.Member",
        on_delete=models.PROTECT,
        related_name="applications",
        null=True,
    )
    allowed_scopes = models.CharField(max_length=200, default="market:read")
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
