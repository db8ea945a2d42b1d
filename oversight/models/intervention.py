"""Interventions: halts and resumes under four eyes."""

from django.db import models

from oversight.domain.lifecycles import InterventionKind, InterventionState


class Intervention(models.Model):
    """A proposed act on the market, with reason and expiry (wall time)."""

    kind = models.CharField(max_length=16, choices=[(s.value, s.value) for s in InterventionKind])
    scope = models.CharField(max_length=8)
    subject_id = models.BigIntegerField(null=True, blank=True)
    reason = models.CharField(max_length=400)
    proposed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(help_text="wall time")
    expires_at = models.DateTimeField(help_text="wall time")
    state = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in InterventionState],
        default=InterventionState.PROPOSED.value,
    )
    ended_at = models.DateTimeField(null=True, blank=True, help_text="wall time")
    # The halt that this act began, or (RESUME) that it ends.
    halt = models.ForeignKey(
        "marketplace.Halt", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """Newest first; one act of a kind is open a subject; states are those of the tables."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "scope", "subject_id"],
                condition=models.Q(state__in=["PROPOSED", "IN_EFFECT"]),
                nulls_distinct=False,
                name="one_open_intervention_a_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="EMERGENCY_HALT", state__in=["IN_EFFECT", "CONFIRMED"])
                | models.Q(state="EXPIRED")
                | models.Q(
                    kind__in=["HALT", "RESUME"], state__in=["PROPOSED", "WITHDRAWN", "DONE"]
                ),
                name="intervention_state_is_of_its_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(scope="MARKET", subject_id=None)
                | models.Q(scope__in=["MEMBER", "CHIP"], subject_id__isnull=False),
                name="intervention_names_its_subject",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["IN_EFFECT", "CONFIRMED", "DONE"], halt=None),
                name="intervention_in_effect_has_its_halt",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=models.Q(state__in=["PROPOSED", "IN_EFFECT"]),
                name="open_interventions_by_expiry",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.scope}"


class InterventionApproval(models.Model):
    """A second person's approval; never the proposer's, and the database knows it too."""

    intervention = models.ForeignKey(
        Intervention, on_delete=models.PROTECT, related_name="approvals"
    )
    # A copy of the intervention's, so that the constraint can compare.
    proposed_by = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(help_text="wall time")

    class Meta:
        """Once a person, and four eyes."""

        constraints = [
            models.UniqueConstraint(
                fields=["intervention", "person"], name="one_approval_a_person"
            ),
            models.CheckConstraint(
                condition=~models.Q(person=models.F("proposed_by")), name="four_eyes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intervention_id} by {self.person_id}"
