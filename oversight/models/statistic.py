"""Public statistics: national figures with their source and date."""

from django.db import models


class PublicStatistic(models.Model):
    """One published figure, whole, with unit, period, source and date of publication."""

    code = models.SlugField(max_length=60, unique=True)
    label = models.CharField(max_length=200)
    label_zh = models.CharField(max_length=200)
    value = models.BigIntegerField()
    upper_value = models.BigIntegerField(null=True, blank=True, help_text="for a range")
    unit = models.CharField(max_length=40)
    period = models.CharField(max_length=40)
    source = models.CharField(max_length=200)
    source_zh = models.CharField(max_length=200, blank=True)
    published_date = models.DateField()

    class Meta:
        """By code."""

        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
