"""Membership: a person's role in a member."""

from django.conf import settings
from django.db import models


class Role(models.TextChoices):
    """What a person may do for a member."""

    ADMIN = "ADMIN"
    TRADER = "TRADER"
    VIEWER = "VIEWER"


class Membership(models.Model):
    """A person belongs to a member with a role until it is revoked."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships"
    )
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=10, choices=Role)
    since_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One living membership a person and member."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "member"],
                condition=models.Q(revoked_at=None),
                name="one_living_membership",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.member_id}"
