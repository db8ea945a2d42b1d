"""Settlements: one sealed hour in one run, and only the difference it posts."""

from django.db import models


class Settlement(models.Model):
    """What one sealed hour in one run changed; posted under the key `settlement:<usage id>`.

    The hour settles the link beside the devices too: `settlement:<usage id>:link`, further links
    `:link2` and so on; but a link with a meter of its own by its own hours:
    `settlement:L<link hour id>`.

    Every amount is the difference between what the agreement is worth with this hour and
    what was posted for it before, so the rows of an agreement sum to what it is worth.
    """

    agreement = models.ForeignKey(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="settlements"
    )
    usage = models.ForeignKey(
        "delivery.SealedUsage",
        on_delete=models.PROTECT,
        related_name="settlements",
        related_query_name="settlement",
        null=True,
        blank=True,
    )
    link_hour = models.OneToOneField(
        "delivery.SealedLinkHour",
        on_delete=models.PROTECT,
        related_name="settlement",
        null=True,
        blank=True,
    )
    run = models.CharField(max_length=2)
    hour_start = models.DateTimeField()
    delivered_device_seconds = models.BigIntegerField(default=0)
    available_gbps_seconds = models.BigIntegerField(default=0, help_text="of a link's own meter")
    moved_mb = models.BigIntegerField(default=0, help_text="of a link's own meter")
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
            ),
            models.UniqueConstraint(
                fields=["usage", "agreement"], name="one_settlement_a_usage_and_agreement"
            ),
            models.CheckConstraint(
                condition=models.Q(usage=None, link_hour__isnull=False)
                | models.Q(
                    usage__isnull=False, link_hour=None, available_gbps_seconds=0, moved_mb=0
                ),
                name="settlement_is_of_one_meter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.hour_start:%d %H} {self.run}"


class DamagesPayment(models.Model):
    """Damages that were collected from a seller for a buyer; posted as `damages:<id>`.

    Owed damages are those of the settlements. What a seller cannot pay yet stays owed; the
    exchange does not pay for it, and later funds of the seller serve it first.
    """

    agreement = models.ForeignKey(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="damages_payments"
    )
    amount_micros = models.BigIntegerField(help_text="negative: given back after a later run")
    paid_at = models.DateTimeField()

    class Meta:
        """A payment is of something."""

        constraints = [
            models.CheckConstraint(
                condition=~models.Q(amount_micros=0), name="damages_payment_is_of_something"
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.amount_micros:+}"
