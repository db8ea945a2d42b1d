"""Interventions: halts and resumes under four eyes."""

from django.db import models


class Intervention(models.Model):
    """A proposed act on the market, with reason and expiry (wall time)."""

    kind = models.CharField(
        max_length=16,
        choices=[(s, s.lower()) for s in ("HALT", "EMERGENCY_HALT", "RESUME")],
    )
    scope = models.CharField(max_length=8)
    subject_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=400)
    proposed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(help_text="wall time")
    expires_at = models.DateTimeField(help_text="wall time")
    state = models.CharField(
        max_length=10,
        choices=[
            (s, s.lower())
            for s in ("PROPOSED", "IN_EFFECT", "CONFIRMED", "EXPIRED", "WITHDRAWN", "DONE")
        ],
        default="PROPOSED",
    )
    halt = models.ForeignKey(
        "marketplace.Halt", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """Newest first."""

        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"


class InterventionApproval(models.Model):
    """A second person's approval; never the proposer's."""

    intervention = models.ForeignKey(
        Intervention, on_delete=models.PROTECT, related_name="approvals"
    )
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(help_text="wall time")

    class Meta:
        """Once a person."""

        constraints = [
            models.UniqueConstraint(fields=["intervention", "person"], name="one_approval_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.intervention_id} by {self.person_id}"
