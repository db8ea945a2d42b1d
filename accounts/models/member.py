"""Member: one organisation that trades, carries, watches or operates."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.domain.standing import may_trade


class Capability(models.TextChoices):
    """What a member was admitted to do."""

    BUYER = "BUYER"
    SELLER = "SELLER"
    BROKER = "BROKER"
    CARRIER = "CARRIER"
    REGULATOR = "REGULATOR"
    OPERATOR = "OPERATOR"


class MemberState(models.TextChoices):
    """Where a member stands; the moves are in `accounts.domain.standing`."""

    APPLIED = "APPLIED"
    ADMITTED = "ADMITTED"
    SUSPENDED = "SUSPENDED"
    REFUSED = "REFUSED"


class Member(models.Model):  # type: ignore[django-manager-missing]
    """An organisation. `beneficial_owner` names who stands behind it, across members."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    uscc = models.CharField(max_length=18, blank=True)
    capabilities = ArrayField(models.CharField(max_length=12, choices=Capability), default=list)
    beneficial_owner = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=MemberState, default=MemberState.APPLIED)
    state_reason = models.CharField(max_length=400, blank=True)
    applied_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A company number belongs to one member; states are those of the table."""

        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=~models.Q(uscc=""), name="one_member_per_uscc"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=MemberState.values), name="member_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_trade(self) -> bool:
        """Tell whether the member may place orders, list, and use its credentials."""
        return may_trade(self.state)
