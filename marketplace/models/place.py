"""Places: zones of delivery and cities of demand."""

from django.db import models


class Zone(models.Model):
    """One of the ten clusters, or the rest of a province."""

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=[("CLUSTER", "cluster"), ("REST", "rest")])
    name = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=80)
    hub = models.CharField(max_length=60, blank=True)
    hub_zh = models.CharField(max_length=60, blank=True)
    province = models.CharField(max_length=40, help_text="province code, e.g. gansu")
    province_name = models.CharField(max_length=40)
    province_zh = models.CharField(max_length=20)
    side = models.CharField(max_length=4, choices=[("EAST", "east"), ("WEST", "west")])
    latitude_udeg = models.IntegerField(help_text="micro-degrees")
    longitude_udeg = models.IntegerField(help_text="micro-degrees")
    tile_column = models.PositiveSmallIntegerField(default=0)
    tile_row = models.PositiveSmallIntegerField(default=0)
    pue_limit_thousandths = models.PositiveIntegerField(null=True, blank=True)
    carbon_g_per_kwh = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        """By code, so that lists repeat."""

        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class City(models.Model):
    """A city of demand: round-trip times are measured to it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    name_zh = models.CharField(max_length=30)
    province = models.CharField(max_length=40)
    latitude_udeg = models.IntegerField()
    longitude_udeg = models.IntegerField()

    class Meta:
        """By name."""

        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
