"""Settlements: one sealed hour in one run, and only the difference it posts."""

from django.db import models


class Settlement(models.Model):
    """What an hour of an agreement is worth in a run; all amounts cumulative-rounded micros.

    Differences to the run before were posted under the entry key `settlement:<id>`.
    """

    agreement = models.ForeignKey(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="settlements"
    )
    usage = models.OneToOneField(
        "delivery.SealedUsage", on_delete=models.PROTECT, related_name="settlement"
    )
    run = models.CharField(max_length=2)
    hour_start = models.DateTimeField()
    delivered_device_seconds = models.BigIntegerField()
    value_micros = models.BigIntegerField(help_text="net price of what was delivered")
    vat_micros = models.BigIntegerField()
    damages_micros = models.BigIntegerField(help_text="seller to buyer, for shortfall")
    fee_micros = models.BigIntegerField(help_text="exchange's fee, from the seller, net")
    fee_vat_micros = models.BigIntegerField()
    released_micros = models.BigIntegerField(help_text="hold returned to the buyer")
    settled_at = models.DateTimeField()

    class Meta:
        """Every metered hour is settled once per run."""

        ordering = ["agreement", "hour_start", "run"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "hour_start", "run"], name="one_settlement_an_hour_and_run"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.hour_start:%d %H} {self.run}"
