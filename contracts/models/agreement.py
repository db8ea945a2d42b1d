"""Agreements: each trade becomes one, with frozen, versioned terms."""

from django.db import models


class AgreementState(models.TextChoices):
    """Where an agreement stands; the moves are in `contracts.domain.agreement_lifecycle`."""

    DRAFTED = "DRAFTED"
    IN_FORCE = "IN_FORCE"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class Agreement(models.Model):
    """A purchase agreement between a buyer and a seller: of devices, or of the link beside them.

    A link's agreement is of `link_trade` and has no `trade`; its seller is the carrier.
    """

    number = models.CharField(max_length=30, unique=True, help_text="GH-2026-000017")
    trade = models.OneToOneField(
        "marketplace.Trade", on_delete=models.PROTECT, null=True, related_name="agreement"
    )
    link_trade = models.OneToOneField(
        "marketplace.LinkTrade", on_delete=models.PROTECT, null=True, related_name="agreement"
    )
    buyer = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    seller = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=AgreementState, default=AgreementState.DRAFTED)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    concluded_at = models.DateTimeField()
    in_force_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Newest first; states are those of the table; nobody buys from oneself."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=AgreementState.values), name="agreement_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(trade=None, link_trade__isnull=False)
                | models.Q(trade__isnull=False, link_trade=None),
                name="agreement_is_of_one_trade",
            ),
            models.CheckConstraint(
                condition=~models.Q(buyer=models.F("seller")), name="agreement_has_two_parties"
            ),
            models.CheckConstraint(
                condition=models.Q(state="DRAFTED", in_force_at=None, ended_at=None)
                | models.Q(state="IN_FORCE", in_force_at__isnull=False, ended_at=None)
                | models.Q(state="COMPLETED", in_force_at__isnull=False, ended_at__isnull=False)
                | models.Q(state="TERMINATED", ended_at__isnull=False),
                name="agreement_dates_fit_state",
            ),
        ]
        indexes = [models.Index(fields=["buyer", "-id"]), models.Index(fields=["seller", "-id"])]

    def __str__(self) -> str:
        return self.number

    @property
    def hold_reason(self) -> str:
        """The reason under which its buyer's funds are held."""
        return f"link:{self.link_trade_id}" if self.link_trade_id else f"trade:{self.trade_id}"


class AgreementVersion(models.Model):
    """The frozen, machine-readable terms of one version, with their hash."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    terms = models.JSONField(help_text="Terms or LinkTerms of contracts.domain as JSON")
    terms_sha256 = models.CharField(max_length=64)
    effective_from = models.DateTimeField()

    class Meta:
        """Versions count from one."""

        ordering = ["agreement", "version"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "version"], name="one_row_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} v{self.version}"
