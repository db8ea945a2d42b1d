"""Carriers' links between a zone and a city of demand."""

from django.db import models


class CarrierLink(models.Model):
    """Bandwidth that a carrier offers; a requirement can be met by it, not yet bought."""

    carrier = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="links")
    zone = models.ForeignKey("marketplace.Zone", on_delete=models.PROTECT, related_name="links")
    city = models.ForeignKey("marketplace.City", on_delete=models.PROTECT, related_name="links")
    capacity_gbps = models.PositiveIntegerField()
    price_micros_per_gbps_hour = models.BigIntegerField()
    price_micros_per_gb = models.BigIntegerField()
    rtt_us = models.PositiveIntegerField()

    class Meta:
        """One link a carrier, zone and city."""

        constraints = [
            models.UniqueConstraint(fields=["carrier", "zone", "city"], name="one_link_a_carrier")
        ]

    def __str__(self) -> str:
        return f"{self.zone_id}→{self.city_id} {self.capacity_gbps} Gbit/s"
