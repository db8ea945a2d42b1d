"""What travels between a site's agent and the platform; the protocol is told in docs/agent.md."""

import json
from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from delivery.api.serializers import ReadingIn
from delivery.domain.site_agent import (
    MAX_COMMANDS_A_LEASE,
    MAX_COMMANDS_HELD,
    MAX_HANDOVERS,
    MAX_JOBS_REPORTED,
    MAX_PIECE_BYTES,
)
from delivery.domain.validation import MAX_BATCH
from delivery.models import AgentCommand

HEX_KEY, HEX_SIGNATURE = r"^[0-9a-f]{64}\Z", r"^[0-9a-f]{128}\Z"
MOST = 2**62
MAX_EVIDENCE_BYTES = 16 * 1024


class CodeIn(StrictSerializer):
    """For which site an agent is to join."""

    site = serializers.CharField(max_length=60)


class CodeOut(serializers.Serializer[Any]):
    """A one-time code: told once, kept as a hash."""

    code = serializers.CharField(source="secret")
    expires_at = serializers.DateTimeField()


class EnrolIn(StrictSerializer):
    """A code, the agent's public key, and the key's signature of both."""

    code = serializers.CharField(max_length=100)
    public_key = serializers.RegexField(HEX_KEY)
    signature = serializers.RegexField(HEX_SIGNATURE)


class CredentialOut(serializers.Serializer[Any]):
    """A bearer token of minutes."""

    token = serializers.CharField(source="secret")
    expires_at = serializers.DateTimeField()


class EnrolledOut(serializers.Serializer[Any]):
    """The agent's name and its first credential."""

    agent = serializers.CharField(source="agent.name")
    site = serializers.CharField(source="agent.site.code")
    credential = CredentialOut()


class ChallengeIn(StrictSerializer):
    """Which agent wants a credential."""

    agent = serializers.CharField(max_length=24)


class ChallengeOut(serializers.Serializer[Any]):
    """What the agent is to sign within a minute; it serves once."""

    challenge = serializers.CharField()


class CredentialIn(ChallengeIn):
    """The challenge and the agent's signature of it."""

    challenge = serializers.CharField(max_length=200)
    signature = serializers.RegexField(HEX_SIGNATURE)


class SessionIn(StrictSerializer):
    """Which protocol the agent speaks, and its version."""

    protocol = serializers.IntegerField(min_value=1, max_value=1_000)
    version = serializers.CharField(max_length=40)


class SessionOut(serializers.Serializer[Any]):
    """The session's number: every call names it, and a later one fences it off."""

    fence = serializers.IntegerField()
    site = serializers.CharField(source="site.code")
    poll_seconds = serializers.IntegerField()
    server_at = serializers.DateTimeField()


class Fenced(StrictSerializer):
    """Every call of a session names it."""

    fence = serializers.IntegerField(min_value=1, max_value=MOST)


class HandoverIn(StrictSerializer):
    """A hand-over that stands at the site."""

    handover = serializers.CharField(max_length=80)
    healthy = serializers.BooleanField()
    detail = serializers.CharField(max_length=200, allow_blank=True, default="")


class JobReportIn(StrictSerializer):
    """How a job is. `exit_code` is null while it runs, and where a reason says why it has none."""

    handover = serializers.CharField(max_length=80)
    job = serializers.CharField(max_length=80)
    running = serializers.BooleanField()
    exit_code = serializers.IntegerField(
        allow_null=True, default=None, min_value=-(2**31), max_value=2**31 - 1
    )
    reason = serializers.CharField(max_length=200, allow_blank=True, default="")
    cpu_ms = serializers.IntegerField(allow_null=True, default=None, min_value=0, max_value=MOST)


class HeartbeatIn(Fenced):
    """How the agent is, and everything that stands at its site."""

    sent_at = serializers.DateTimeField()
    backlog_readings = serializers.IntegerField(min_value=0, max_value=MOST)
    spool_bytes = serializers.IntegerField(min_value=0, max_value=MOST)
    dropped_readings = serializers.IntegerField(min_value=0, max_value=MOST)
    handovers = serializers.ListField(child=HandoverIn(), max_length=MAX_HANDOVERS)
    jobs = serializers.ListField(child=JobReportIn(), max_length=MAX_JOBS_REPORTED)


class ClockOut(serializers.Serializer[Any]):
    """Market time = market_origin + (wall time - wall_origin) x factor."""

    wall_origin = serializers.DateTimeField()
    market_origin = serializers.DateTimeField()
    factor = serializers.IntegerField()


class MeterOut(serializers.Serializer[Any]):
    """A hand-over to meter: its window (market time), its chain, and where that stands."""

    handover = serializers.CharField()
    chain = serializers.CharField()
    devices = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    head = serializers.CharField()
    length = serializers.IntegerField()
    read_until = serializers.DateTimeField()


class HeartbeatOut(serializers.Serializer[Any]):
    """The platform's time, the market's clock, and what is to be metered."""

    server_at = serializers.DateTimeField()
    clock = ClockOut()
    meters = MeterOut(many=True)


class LeaseIn(Fenced):
    """How many commands the agent takes at once, and which it still works on.

    Where `holding` is told, what else this session was given is given again: an answer was lost.
    """

    limit = serializers.IntegerField(min_value=1, max_value=MAX_COMMANDS_A_LEASE, default=1)
    holding = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MOST),
        max_length=MAX_COMMANDS_HELD,
        default=None,
        allow_null=True,
    )


class CommandOut(serializers.ModelSerializer[AgentCommand]):
    """A command under a lease. `facts` depend on the kind."""

    command = serializers.IntegerField(source="pk")
    handover = serializers.CharField(source="external_name")
    job = serializers.CharField(source="subject")
    lease = serializers.IntegerField(source="leases")
    facts = serializers.DictField()

    class Meta:
        """The lease's number goes with the report."""

        model = AgentCommand
        fields = ("command", "kind", "handover", "job", "lease", "lease_until", "facts")


class CommandsOut(serializers.Serializer[Any]):
    """Commands, oldest first."""

    commands = CommandOut(many=True)


class MeasuredIn(StrictSerializer):
    """What an acceptance test found: the slowest device counts."""

    devices_found = serializers.IntegerField(min_value=0, max_value=1_000_000)
    gflops_per_device = serializers.IntegerField(min_value=0, max_value=10**12)
    evidence = serializers.DictField()

    def validate_evidence(self, value: dict[str, Any]) -> dict[str, Any]:
        """Refuse what is too large to keep, or holds the one character that cannot be kept."""
        text = json.dumps(value)
        if len(text) > MAX_EVIDENCE_BYTES or "\\u0000" in text:
            msg = f"At most {MAX_EVIDENCE_BYTES} bytes of JSON, without null characters."
            raise serializers.ValidationError(msg)
        return value


class OutcomeIn(Fenced):
    """What became of a command."""

    command = serializers.IntegerField(min_value=1, max_value=MOST)
    lease = serializers.IntegerField(min_value=1, max_value=2**31 - 1)
    outcome = serializers.ChoiceField(choices=["DONE", "FAILED"])
    error = serializers.CharField(max_length=200, allow_blank=True, default="")
    fenced = serializers.BooleanField(default=False)
    measured = MeasuredIn(required=False, allow_null=True, default=None)


class OutcomeOut(serializers.ModelSerializer[AgentCommand]):
    """The command as it stands now."""

    command = serializers.IntegerField(source="pk")

    class Meta:
        """The same for the first report and for each repeated one."""

        model = AgentCommand
        fields = ("command", "state")


class ChainBatchIn(Fenced):
    """Readings of one chain in its order, the head after them, and the key's signature of it."""

    chain = serializers.CharField(max_length=80)
    readings = serializers.ListField(child=ReadingIn(), min_length=1, max_length=MAX_BATCH)
    head = serializers.RegexField(HEX_KEY)
    signature = serializers.RegexField(HEX_SIGNATURE)


class OutputIn(Fenced):
    """A piece of a job's output, in base64, from a byte offset on."""

    handover = serializers.CharField(max_length=80)
    job = serializers.CharField(max_length=80)
    offset = serializers.IntegerField(min_value=0, max_value=2**40)
    piece = serializers.RegexField(
        r"^[A-Za-z0-9+/]*={0,2}\Z", max_length=MAX_PIECE_BYTES * 4 // 3 + 4, allow_blank=True
    )


class OutputOut(serializers.Serializer[Any]):
    """Up to which byte the output is known."""

    known = serializers.IntegerField()


class AgentOut(serializers.Serializer[Any]):
    """One agent's health, as its owner sees it. Times are wall time."""

    agent = serializers.CharField(source="agent.name")
    site = serializers.CharField(source="agent.site.code")
    state = serializers.CharField(source="agent.state")
    version = serializers.CharField(source="agent.version")
    heard_at = serializers.DateTimeField(source="agent.heard_at")
    fence = serializers.IntegerField(source="agent.fence")
    skew_ms = serializers.IntegerField(source="agent.skew_ms")
    backlog_readings = serializers.IntegerField(source="agent.backlog_readings")
    spool_bytes = serializers.IntegerField(source="agent.spool_bytes")
    dropped_readings = serializers.IntegerField(source="agent.dropped_readings")
    handovers = serializers.IntegerField(source="standing")
    commands_queued = serializers.IntegerField(source="queued")
    commands_leased = serializers.IntegerField(source="leased")
    commands_failed = serializers.IntegerField(source="failed")
