"""Ways from sites to demand cities: responders of cities, and what agents measured."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class CityProbe(models.Model):
    """A demand city's responder, to which agents measure the way; none: nobody measures."""

    city = models.OneToOneField("marketplace.City", on_delete=models.PROTECT, related_name="probe")
    host = models.CharField(max_length=200)
    port = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    set_at = models.DateTimeField(db_default=Now(), help_text="wall time")

    class Meta:
        """A port is a port."""

        ordering = ["city"]
        constraints = [
            models.CheckConstraint(
                condition=Q(port__gte=1, port__lte=65_535), name="city_probe_has_a_port"
            )
        ]

    def __str__(self) -> str:
        return f"{self.city_id} {self.host}:{self.port}"


class PathMeasurement(models.Model):
    """One measurement of the way from a site to a city, signed by the site's key; never edited."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="+")
    city = models.ForeignKey("marketplace.City", on_delete=models.PROTECT, related_name="+")
    agent = models.ForeignKey("delivery.SiteAgent", on_delete=models.PROTECT, related_name="+")
    site_key = models.ForeignKey("delivery.SiteKey", on_delete=models.PROTECT, related_name="+")
    measured_at = models.DateTimeField(help_text="wall time")
    received_at = models.DateTimeField(help_text="wall time")
    samples = models.PositiveIntegerField()
    lost = models.PositiveIntegerField()
    rtt_median_us = models.PositiveIntegerField()
    rtt_p95_us = models.PositiveIntegerField()
    mbps_down = models.PositiveIntegerField()
    mbps_up = models.PositiveIntegerField()
    moved_bytes = models.PositiveBigIntegerField()
    signature = models.CharField(max_length=128)

    class Meta:
        """One row a way and instant; round trips in order."""

        ordering = ["-measured_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "city", "measured_at"], name="one_measurement_a_way_and_instant"
            ),
            models.CheckConstraint(
                condition=Q(
                    lost__lt=F("samples"), rtt_median_us__gt=0, rtt_p95_us__gte=F("rtt_median_us")
                ),
                name="path_measurement_is_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id}→{self.city_id} {self.rtt_median_us} µs"
