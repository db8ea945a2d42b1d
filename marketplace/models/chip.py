"""Chip models: what a device is, with nominal figures and their source."""

from django.db import models


class ChipModel(models.Model):
    """One accelerator model. Nominal compute is dense FP16/BF16, in GFLOPS."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    vendor = models.CharField(max_length=40)
    family = models.CharField(max_length=40, help_text="nvidia, ascend, hygon, cpu …")
    stack = models.CharField(max_length=12, help_text="software stack: CUDA, CANN, ROCM, DTK, CPU")
    memory_gb = models.PositiveIntegerField()
    memory_bandwidth_gbs = models.PositiveIntegerField()
    scale_up_gbs = models.PositiveIntegerField(default=0, help_text="device to device, GB/s")
    power_w = models.PositiveIntegerField()
    nominal_gflops = models.BigIntegerField()
    confidence = models.CharField(max_length=8, default="high")
    source = models.CharField(max_length=200)

    class Meta:
        """By name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
