"""Network measurements: round-trip time from a site to a city of demand."""

from django.db import models


class NetworkMeasurement(models.Model):
    """RTT of a site to a city in microseconds, measured or estimated, with its date."""

    site = models.ForeignKey("marketplace.Site", on_delete=models.PROTECT, related_name="rtts")
    city = models.ForeignKey("marketplace.City", on_delete=models.PROTECT, related_name="rtts")
    rtt_us = models.PositiveIntegerField(help_text="median")
    rtt_p95_us = models.PositiveIntegerField()
    method = models.CharField(
        max_length=10, choices=[("MEASURED", "measured"), ("ESTIMATED", "estimated")]
    )
    measured_at = models.DateTimeField()

    class Meta:
        """The newest counts."""

        ordering = ["-measured_at", "-id"]
        indexes = [models.Index(fields=["city", "site", "-measured_at"])]

    def __str__(self) -> str:
        return f"{self.site_id}→{self.city_id} {self.rtt_us} µs"
