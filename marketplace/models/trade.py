"""Trades: one buy, one sell, one rectangle of devices and hours; immutable."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Execution(models.Model):
    """What one arriving order got at one moment: a group of trades."""

    arrival = models.BigIntegerField(unique=True, help_text="market event number")
    executed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"X{self.pk}"


class Trade(models.Model):
    """Devices of a listing's pool sold to an order for consecutive hours at one price."""

    execution = models.ForeignKey(
        Execution,
        on_delete=models.PROTECT,
        related_name="trades",
        db_constraint=False,
        db_index=False,
    )
    order = models.ForeignKey(
        "marketplace.Order", on_delete=models.PROTECT, related_name="trades", db_constraint=False
    )
    listing = models.ForeignKey(
        "marketplace.Listing", on_delete=models.PROTECT, related_name="trades", db_constraint=False
    )
    buyer = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="bought", db_constraint=False
    )
    seller = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, related_name="sold", db_constraint=False
    )
    pool = models.ForeignKey(
        "marketplace.Pool",
        on_delete=models.PROTECT,
        related_name="trades",
        db_constraint=False,
        db_index=False,
    )
    devices = models.PositiveIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    price_micros = models.BigIntegerField(help_text="per device-hour, net")
    hour_prices_micros = ArrayField(
        models.BigIntegerField(),
        null=True,
        blank=True,
        help_text="where an auction priced hours differently; the price is then their mean",
    )
    gflops_per_device = models.BigIntegerField(help_text="conversion factor, frozen")
    factor_method = models.CharField(max_length=12)
    filled = models.BigIntegerField(help_text="in the order's unit")
    value_micros = models.BigIntegerField(help_text="devices × hours × price, net")
    vat_bp = models.PositiveIntegerField()
    held_micros = models.BigIntegerField(help_text="gross, moved to the agreement's hold")
    traded_at = models.DateTimeField()

    class Meta:
        """Nothing is sold for nothing, and the value is what it says."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(devices__gt=0, price_micros__gt=0, value_micros__gt=0),
                name="trade_is_of_something",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="trade_window_is_open"
            ),
        ]
        indexes = [
            models.Index(fields=["pool", "starts_at"]),
            # Candles, tape and index look at a product's newest trades.
            models.Index(fields=["pool", "-traded_at", "-id"], name="newest_trades_of_a_pool"),
        ]

    def __str__(self) -> str:
        return f"T{self.pk}"
