"""Orders: what a buyer requires, when, and the most it pays."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class OrderState(models.TextChoices):
    """Where an order stands; the moves are in `marketplace.domain.lifecycles`."""

    OPEN = "OPEN"
    PARTLY_FILLED = "PARTLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


class SelfTrade(models.TextChoices):
    """What happens when two sides of one beneficial owner meet; the arriving side decides."""

    CANCEL_NEWEST = "CANCEL_NEWEST"
    CANCEL_OLDEST = "CANCEL_OLDEST"
    DECREMENT = "DECREMENT"


def _none_or_not_negative(field: str) -> models.Q:
    return models.Q(**{f"{field}__isnull": True}) | models.Q(**{f"{field}__gte": 0})


class Order(models.Model):
    """A buy order by requirement. `unit` says what `amount` and `limit_micros` count.

    DEVICES: amount in devices, limit per device-hour. PFLOPS: amount in GFLOPS,
    limit per PFLOPS-hour. Limits are net of VAT.
    """

    # Rows of the order path: invariants find what refers to nothing, not a look-up a row.
    buyer = models.ForeignKey(
        "accounts.Member",
        on_delete=models.PROTECT,
        related_name="orders",
        db_constraint=False,
        db_index=False,
    )
    placed_by = models.ForeignKey(
        "accounts.Member",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    client_order_id = models.CharField(max_length=64)
    content_hash = models.CharField(
        max_length=64, help_text="sha256: the same id must mean the same"
    )
    unit = models.CharField(max_length=8, choices=[("DEVICES", "devices"), ("PFLOPS", "PFLOPS")])
    amount = models.BigIntegerField(help_text="devices, or GFLOPS")
    hours = models.IntegerField()
    earliest = models.DateTimeField()
    latest = models.DateTimeField(help_text="finished by")
    # What the place must satisfy. Empty lists and nulls ask for nothing.
    families_allowed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    families_excluded = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    chips_allowed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    stack = models.CharField(max_length=12, blank=True)
    min_memory_gb = models.IntegerField(default=0)
    min_scale_up_gbs = models.IntegerField(default=0)
    min_scale_out_gbps = models.IntegerField(default=0)
    city = models.ForeignKey(
        "marketplace.City",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    max_rtt_us = models.IntegerField(null=True, blank=True)
    link_gbps = models.IntegerField(default=0, help_text="in all its hours")
    move_gb = models.BigIntegerField(default=0, help_text="once")
    firmness = ArrayField(models.CharField(max_length=12), default=list)
    zones_allowed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    max_pue_thousandths = models.IntegerField(null=True, blank=True)
    max_carbon_g_per_kwh = models.IntegerField(null=True, blank=True)
    workload_class = models.CharField(max_length=20, default="TRAINING")
    # Price and manner.
    limit_micros = models.BigIntegerField()
    budget_micros = models.BigIntegerField(null=True, blank=True, help_text="gross")
    vat_bp = models.IntegerField(help_text="frozen at acceptance")
    splittable = models.BooleanField(default=False)
    min_lot_devices = models.IntegerField(default=1)
    time_in_force = models.CharField(max_length=4, default="GTC")
    self_trade = models.CharField(max_length=14, choices=SelfTrade, default=SelfTrade.CANCEL_NEWEST)
    expires_at = models.DateTimeField(null=True, blank=True)
    # Life.
    state = models.CharField(max_length=14, choices=OrderState, default=OrderState.OPEN)
    filled = models.BigIntegerField(default=0, help_text="in the unit of the amount, rated")
    held_micros = models.BigIntegerField(help_text="the whole hold, gross, before trades")
    arrival = models.BigIntegerField(unique=True, help_text="market event number: priority in time")
    accepted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1, help_text="rises with each replacement")

    class Meta:
        """Sender's own id is used once."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["buyer", "client_order_id"], name="one_order_a_client_id"
            ),
            # One constraint for all figures: each is read anew by every statement.
            models.CheckConstraint(
                condition=models.Q(
                    amount__gt=0,
                    hours__gt=0,
                    limit_micros__gt=0,
                    latest__gt=models.F("earliest"),
                    state__in=OrderState.values,
                    filled__gte=0,
                    vat_bp__gte=0,
                    version__gte=0,
                    min_lot_devices__gte=0,
                    min_memory_gb__gte=0,
                    min_scale_up_gbs__gte=0,
                    min_scale_out_gbps__gte=0,
                    link_gbps__gte=0,
                    move_gb__gte=0,
                )
                & _none_or_not_negative("max_rtt_us")
                & _none_or_not_negative("max_pue_thousandths")
                & _none_or_not_negative("max_carbon_g_per_kwh"),
                name="order_figures_have_bounds",
            ),
        ]
        indexes = [
            models.Index(fields=["buyer", "-id"], name="newest_orders_of_a_buyer"),
            models.Index(
                fields=["arrival"],
                condition=models.Q(state__in=["OPEN", "PARTLY_FILLED"]),
                name="open_orders_by_arrival",
            ),
        ]

    def __str__(self) -> str:
        return f"O{self.pk}"
