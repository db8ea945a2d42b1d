"""Acceptance tests: what was handed over, measured against what was contracted."""

from django.db import models


class AcceptanceTest(models.Model):
    """One test of an allocation's generation, with its evidence."""

    allocation = models.ForeignKey(
        "delivery.Allocation", on_delete=models.PROTECT, related_name="acceptance_tests"
    )
    generation = models.PositiveIntegerField()
    devices_found = models.PositiveIntegerField()
    gflops_per_device = models.BigIntegerField()
    gflops_required = models.BigIntegerField()
    passed = models.BooleanField()
    evidence = models.JSONField(default=dict)
    tested_at = models.DateTimeField()

    class Meta:
        """One verdict a generation."""

        constraints = [
            models.UniqueConstraint(
                fields=["allocation", "generation"], name="one_acceptance_a_generation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.allocation_id} {'passed' if self.passed else 'failed'}"
