"""Gates and sessions as dated rows: what a regulator might change is never a setting."""

from django.db import models


class GateKind(models.TextChoices):
    """What the number of a gate rule means."""

    CONTINUOUS_CLOSES_MINUTES_BEFORE = "CONTINUOUS_CLOSES_MINUTES_BEFORE"
    DAY_AHEAD_GATE_MINUTE_OF_DAY = "DAY_AHEAD_GATE_MINUTE_OF_DAY"


class GateRule(models.Model):
    """A gate's number of minutes, in force from a market instant on."""

    kind = models.CharField(max_length=40, choices=GateKind)
    minutes = models.PositiveIntegerField()
    valid_from = models.DateTimeField()

    class Meta:
        """One rule a kind and instant."""

        constraints = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="one_gate_rule_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.kind}={self.minutes}"
