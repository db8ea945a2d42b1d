"""Agents of sites behind a firewall: enrolment codes, agents, credentials."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class CodeState(models.TextChoices):
    """Where a code stands; the moves are in `delivery.domain.site_agent`."""

    OPEN = "OPEN"
    USED = "USED"
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"


class AgentState(models.TextChoices):
    """Where an agent stands; the moves are in `delivery.domain.site_agent`."""

    ENROLLED = "ENROLLED"
    CONNECTED = "CONNECTED"
    SUSPECT = "SUSPECT"
    LOST = "LOST"
    REVOKED = "REVOKED"


class EnrolmentCode(models.Model):
    """A one-time code by which an agent joins a site; only its hash is kept. Wall time."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="+")
    code_sha256 = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=CodeState, default=CodeState.OPEN)
    issued_by = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    agent = models.OneToOneField(
        "delivery.SiteAgent", on_delete=models.PROTECT, null=True, blank=True, related_name="code"
    )

    class Meta:
        """A used code names its agent; a site has one open code."""

        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CodeState.values), name="enrolment_code_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="USED", agent__isnull=False, used_at__isnull=False)
                | (~Q(state="USED") & Q(agent=None, used_at=None)),
                name="a_used_code_names_its_agent",
            ),
            models.UniqueConstraint(
                fields=["site"], condition=Q(state="OPEN"), name="one_open_code_a_site"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.state}"


class SiteAgent(models.Model):
    """One enrolled agent of a site. Its key never leaves it; its fence grows by session."""

    name = models.CharField(max_length=24, unique=True)
    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="agents")
    site_key = models.ForeignKey("delivery.SiteKey", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=AgentState, default=AgentState.ENROLLED)
    fence = models.BigIntegerField(help_text="number of the session in force")
    version = models.CharField(max_length=40, blank=True)
    enrolled_at = models.DateTimeField(help_text="wall time")
    heard_at = models.DateTimeField(help_text="wall time of the last heartbeat")
    session_at = models.DateTimeField(null=True, blank=True, help_text="wall time")
    revoked_at = models.DateTimeField(null=True, blank=True, help_text="wall time")
    skew_ms = models.BigIntegerField(default=0, help_text="agent's clock less ours")
    backlog_readings = models.BigIntegerField(default=0)
    spool_bytes = models.BigIntegerField(default=0)
    dropped_readings = models.BigIntegerField(default=0)

    class Meta:
        """One agent a site is in force; sessions of a site have numbers of their own."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=AgentState.values), name="site_agent_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["site"], condition=~Q(state="REVOKED"), name="one_agent_a_site"
            ),
            models.UniqueConstraint(fields=["site", "fence"], name="one_session_a_fence"),
            models.CheckConstraint(
                condition=Q(state="REVOKED", revoked_at__isnull=False)
                | (~Q(state="REVOKED") & Q(revoked_at=None)),
                name="a_revoked_agent_says_when",
            ),
            models.CheckConstraint(
                condition=Q(
                    fence__gt=0,
                    backlog_readings__gte=0,
                    spool_bytes__gte=0,
                    dropped_readings__gte=0,
                ),
                name="site_agent_figures_are_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AgentCredential(models.Model):
    """A bearer token of minutes; only its hash is kept, and its challenge serves once."""

    agent = models.ForeignKey(SiteAgent, on_delete=models.CASCADE, related_name="credentials")
    token_sha256 = models.CharField(max_length=64, unique=True)
    challenge_sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A credential is short-lived."""

        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="agent_credential_lives"
            )
        ]
        indexes = [models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"{self.agent_id} {self.expires_at:%d %H:%M}"
