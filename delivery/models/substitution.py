"""Substitutions: an allocation that its seller does not deliver, and what replaced it."""

from django.db import models


class SubstitutionState(models.TextChoices):
    """Where a substitution stands; the moves are in `delivery.domain.substitution`."""

    SEEKING = "SEEKING"
    ORDERED = "ORDERED"
    REPLACED = "REPLACED"
    UNCOVERED = "UNCOVERED"


class Substitution(models.Model):
    """One default and its cover. Amounts in micros, with VAT; the seller in default bears them."""

    of_allocation = models.OneToOneField(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="substitution"
    )
    attempt = models.PositiveIntegerField(help_text="place in the chain, from 1")
    state = models.CharField(
        max_length=10, choices=SubstitutionState, default=SubstitutionState.SEEKING
    )
    state_since = models.DateTimeField(help_text="market time")
    reason = models.CharField(max_length=30, blank=True, help_text="why nothing covers it, a code")
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, blank=True, help_text="market time")
    orders = models.PositiveIntegerField(default=0, help_text="how often the market was asked")
    covers_from = models.DateTimeField(null=True, blank=True)
    request = models.JSONField(null=True, blank=True, help_text="what was ordered")
    share_micros = models.BigIntegerField(default=0, help_text="what the buyer would have paid")
    cap_micros = models.BigIntegerField(default=0, help_text="what the seller bears at most")
    released_micros = models.BigIntegerField(default=0, help_text="of the buyer's hold")
    advance_micros = models.BigIntegerField(default=0, help_text="taken from the seller to order")
    cost_micros = models.BigIntegerField(default=0, help_text="what the substitute costs more")
    replacement = models.OneToOneField(
        "contracts.Agreement",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="substitutes",
    )

    class Meta:
        """Oldest first; what is replaced names its replacement, within the cap."""

        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=SubstitutionState.values),
                name="substitution_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="REPLACED", replacement__isnull=False)
                | (~models.Q(state="REPLACED") & models.Q(replacement=None, cost_micros=0)),
                name="replaced_has_a_replacement",
            ),
            models.CheckConstraint(
                condition=models.Q(cost_micros__gte=0, cost_micros__lte=models.F("cap_micros"))
                & models.Q(advance_micros__gte=0, advance_micros__lte=models.F("cap_micros")),
                name="substitute_is_within_the_cap",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["SEEKING", "UNCOVERED"])
                | models.Q(covers_from__isnull=False, covers_from__lt=models.F("ends_at")),
                name="ordered_covers_something",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["SEEKING", "ORDERED"]),
                name="substitutions_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"{self.of_allocation_id} {self.state}"

    @property
    def name(self) -> str:
        """The name of its present order, the same whoever asks the market for it."""
        return f"{self.pk}:{self.orders}"
