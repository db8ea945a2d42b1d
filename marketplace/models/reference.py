"""Reference prices: what the price collar of a chip model refers to."""

from django.db import models


class ReferencePrice(models.Model):
    """Micros per device-hour of a chip model, as of an instant; the newest counts."""

    chip = models.ForeignKey("marketplace.ChipModel", on_delete=models.PROTECT, related_name="+")
    price_micros = models.BigIntegerField()
    as_of = models.DateTimeField()
    source = models.CharField(max_length=120)

    class Meta:
        """Newest first."""

        ordering = ["-as_of", "-id"]

    def __str__(self) -> str:
        return f"{self.chip_id} {self.price_micros}"
