"""A member's dead-man switch: armed, it ends everything open unless it is set again in time."""

from django.db import models

from marketplace.domain.lifecycles import ARMED, SWITCH


class CancelSwitch(models.Model):
    """From one arming until it fires or is switched off. Its times are wall times."""

    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(
        max_length=6, choices=[(state, state.lower()) for state in SWITCH.moves], default=ARMED
    )
    seconds = models.PositiveIntegerField()
    due_at = models.DateTimeField()
    armed_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    fired_at = models.DateTimeField(null=True, blank=True)
    ended = models.PositiveIntegerField(null=True, blank=True, help_text="orders and listings")

    class Meta:
        """One armed switch a member; what is due is found by an index of what can fire."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=models.Q(state=ARMED), name="one_armed_switch_a_member"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=list(SWITCH.moves)), name="switch_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(state="FIRED", fired_at__isnull=False, ended__isnull=False)
                | (~models.Q(state="FIRED") & models.Q(fired_at=None, ended=None)),
                name="switch_fired_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=["ARMED", "FIRING"]),
                name="switches_that_can_fire",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.state} {self.due_at:%H:%M:%S}"
