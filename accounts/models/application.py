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

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        """Client credentials only: no person's consent, no redirect, no password grant."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(authorization_grant_type="client-credentials"),
                name="application_uses_client_credentials",
            )
        ]

    def is_usable(self, _request: object) -> bool:
        """Tell whether it may get and use tokens: not revoked, its member admitted.

        Asked at every request, so that revocation and suspension bite at once.
        """
        return self.revoked_at is None and self.member is not None and self.member.may_trade
