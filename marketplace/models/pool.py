"""Pools: identical devices at one site, and their measured compute."""

from django.db import models


class Pool(models.Model):
    """Identical devices at one site, handed over by one connector."""

    code = models.SlugField(max_length=80, unique=True)
    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="pools")
    chip = models.ForeignKey("marketplace.ChipModel", on_delete=models.PROTECT, related_name="+")
    devices = models.PositiveIntegerField()
    devices_per_node = models.PositiveIntegerField(default=8)
    scale_up_gbs = models.PositiveIntegerField(default=0)
    scale_out_gbps = models.PositiveIntegerField(default=0, help_text="per device, out of the node")
    connector = models.CharField(max_length=20, help_text="a key of settings.CONNECTORS")
    own_use_devices = models.PositiveIntegerField(
        default=0, help_text="busy with the site's own work, as the site last reported"
    )
    active = models.BooleanField(default=True)

    class Meta:
        """By code."""

        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ConversionFactor(models.Model):
    """GFLOPS per device of a pool for a workload class, nominal until measured."""

    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="factors")
    workload_class = models.CharField(max_length=20, default="TRAINING")
    gflops_per_device = models.BigIntegerField()
    method = models.CharField(
        max_length=12,
        choices=[("NOMINAL", "nominal"), ("MEASURED", "measured"), ("LABORATORY", "laboratory")],
    )
    measured_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        """Newest first; one figure a method and instant."""

        ordering = ["-measured_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gflops_per_device__gt=0), name="factor_is_positive"
            ),
            models.UniqueConstraint(
                fields=["pool", "workload_class", "method", "measured_at"],
                name="one_factor_a_method_and_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.gflops_per_device} {self.method}"
