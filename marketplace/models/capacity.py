"""The capacity ledger: devices in orders and contracted, per pool and hour of a day."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL


class CapacityDay(models.Model):
    """One pool on one delivery day, 24 slots each (slot 0 is 00:00 Asia/Shanghai).

    `in_orders` are accepted, unsold listings; `contracted` are sold; `in_auctions` stand in
    offers of call auctions. A check function of the database (migration 0014) refuses any slot
    in which they exceed `installed`: no device-hour is for sale in two places.
    """

    pool = models.ForeignKey("marketplace.Pool", on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    installed = models.PositiveIntegerField()
    in_orders = ArrayField(models.IntegerField(), size=24)
    contracted = ArrayField(models.IntegerField(), size=24)
    in_auctions = ArrayField(
        models.IntegerField(), size=24, db_default=RawSQL("array_fill(0, ARRAY[24])", [])
    )

    class Meta:
        """One row a pool and day."""

        constraints = [
            models.UniqueConstraint(fields=["pool", "day"], name="one_capacity_row_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.pool_id} {self.day}"
