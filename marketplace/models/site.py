"""Sites: licensed computing centres."""

from django.db import models


class Site(models.Model):
    """A centre of one member, in one zone. Its licence's row is oversight's."""

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120)
    owner = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="sites")
    zone = models.ForeignKey("marketplace.Zone", on_delete=models.PROTECT, related_name="sites")
    identifier = models.CharField(max_length=60, unique=True, help_text="算力标识")
    licence_no = models.CharField(max_length=60, blank=True)
    latitude_udeg = models.IntegerField()
    longitude_udeg = models.IntegerField()
    pue_thousandths = models.PositiveIntegerField()
    carbon_g_per_kwh = models.PositiveIntegerField()
    racks_built = models.PositiveIntegerField(default=0)
    racks_used = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        """Physics and arithmetic."""

        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(pue_thousandths__gte=1000), name="pue_is_at_least_one"
            ),
            models.CheckConstraint(
                condition=models.Q(racks_used__lte=models.F("racks_built")),
                name="racks_used_exist",
            ),
        ]

    def __str__(self) -> str:
        return self.name
