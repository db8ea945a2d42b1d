"""Carriers' links between a zone and a city of demand, what is sold of them, and to whom."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.expressions import RawSQL

from exchange.units import TICK_MICROS


class CarrierLink(models.Model):
    """A carrier's standing offer: so many Gbit/s in every hour, sold with devices of the zone."""

    carrier = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="links")
    zone = models.ForeignKey("marketplace.Zone", on_delete=models.PROTECT, related_name="links")
    city = models.ForeignKey("marketplace.City", on_delete=models.PROTECT, related_name="links")
    capacity_gbps = models.PositiveIntegerField(help_text="in every hour")
    price_micros_per_gbps_hour = models.BigIntegerField(help_text="net")
    price_micros_per_gb = models.BigIntegerField(help_text="of data moved once, net")
    rtt_us = models.PositiveIntegerField()
    active = models.BooleanField(default=True)
    connector = models.CharField(
        max_length=20,
        blank=True,
        default="",
        help_text="a key of settings.CARRIERS; empty: nobody meters it",
    )

    class Meta:
        """One link a carrier, zone and city; prices are whole ticks."""

        ordering = ["zone", "city", "id"]
        constraints = [
            models.UniqueConstraint(fields=["carrier", "zone", "city"], name="one_link_a_carrier"),
            models.CheckConstraint(
                condition=models.Q(
                    capacity_gbps__gte=1,
                    price_micros_per_gbps_hour__gte=TICK_MICROS,
                    price_micros_per_gb__gte=TICK_MICROS,
                ),
                name="link_is_of_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.zone_id}→{self.city_id} {self.capacity_gbps} Gbit/s"


class LinkDay(models.Model):
    """One link on one delivery day: Gbit/s sold in each of 24 slots (slot 0 is 00:00 Shanghai).

    `in_auctions_gbps` stand in books of call auctions and in what those sold until it is traded.
    `capacity_gbps` is the widest that the link was while it was sold. A check function of the
    database (migration 0020) refuses any slot in which both together are more.
    """

    link = models.ForeignKey(CarrierLink, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    capacity_gbps = models.PositiveIntegerField()
    sold_gbps = ArrayField(models.IntegerField(), size=24)
    in_auctions_gbps = ArrayField(
        models.IntegerField(), size=24, db_default=RawSQL("array_fill(0, ARRAY[24])", [])
    )

    class Meta:
        """One row a link and day."""

        constraints = [models.UniqueConstraint(fields=["link", "day"], name="one_link_row_a_day")]

    def __str__(self) -> str:
        return f"{self.link_id} {self.day}"


class LinkTrade(models.Model):
    """The link that was sold with the devices of a trade, at one price; immutable.

    On the continuous market a trade has one, for its own hours. What an auction sold has one a
    carrier and price: several carriers may share its Gbit/s and its hours.
    """

    trade = models.ForeignKey(
        "marketplace.Trade", on_delete=models.PROTECT, related_name="link_trades"
    )
    link = models.ForeignKey(CarrierLink, on_delete=models.PROTECT, related_name="trades")
    buyer = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    carrier = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="carried")
    gbps = models.PositiveIntegerField(help_text="in each hour")
    gb = models.PositiveBigIntegerField(help_text="moved once")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    price_micros_per_gbps_hour = models.BigIntegerField(help_text="net, frozen")
    price_micros_per_gb = models.BigIntegerField(help_text="net, frozen")
    value_micros = models.BigIntegerField(help_text="Gbit/s × hours × price + GB × price, net")
    vat_bp = models.PositiveIntegerField()
    held_micros = models.BigIntegerField(help_text="gross, moved to the agreement's hold")
    traded_at = models.DateTimeField()

    class Meta:
        """Nothing is sold for nothing."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value_micros__gt=0)
                & (models.Q(gbps__gt=0) | models.Q(gb__gt=0)),
                name="link_trade_is_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="link_trade_window_is_open",
            ),
            models.UniqueConstraint(
                fields=["trade", "link", "starts_at"], name="one_link_trade_a_link_and_start"
            ),
        ]
        indexes = [models.Index(fields=["link", "starts_at"], name="link_trades_by_hour")]

    def __str__(self) -> str:
        return f"L{self.pk}"
