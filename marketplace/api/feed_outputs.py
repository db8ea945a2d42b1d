"""What the API says of the public feed. Never a member's name, never an order's number."""

from rest_framework import serializers

from exchange.window import hour_start
from marketplace.domain.levels import Run
from marketplace.domain.products import Product


class RunOutput(serializers.Serializer[Run]):
    """So much at one price in each of some hours; in an increment the quantity is a change."""

    side = serializers.CharField()
    price_micros = serializers.IntegerField()
    starts_at = serializers.SerializerMethodField()
    hours = serializers.IntegerField()
    quantity = serializers.IntegerField()

    def get_starts_at(self, run: Run) -> str:
        """Return the instant of the first hour."""
        return hour_start(run.first_hour).isoformat().replace("+00:00", "Z")


class PublicTradeOutput(serializers.Serializer[object]):
    """A trade as everybody may see it."""

    chip = serializers.CharField()
    zone = serializers.CharField()
    devices = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    price_micros = serializers.IntegerField()
    price_micros_per_pflops_hour = serializers.IntegerField()
    traded_at = serializers.DateTimeField()


class ProductOutput(serializers.Serializer[Product]):
    """Which product, and what its prices and quantities count."""

    code = serializers.CharField()
    quantity_unit = serializers.SerializerMethodField()
    price_unit = serializers.SerializerMethodField()

    def get_quantity_unit(self, product: Product) -> str:
        """Return GFLOPS or DEVICES."""
        return "GFLOPS" if product.by_compute else "DEVICES"

    def get_price_unit(self, product: Product) -> str:
        """Return what a price is for."""
        return "MICROS_PER_PFLOPS_HOUR" if product.by_compute else "MICROS_PER_DEVICE_HOUR"


class SnapshotOutput(serializers.Serializer[object]):
    """Depth by delivery hour just after event `number`."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)
    product = ProductOutput()
    starts_at = serializers.DateTimeField()
    hours = serializers.IntegerField()
    levels = RunOutput(many=True)
    last_trade = PublicTradeOutput(allow_null=True)


class IncrementOutput(serializers.Serializer[object]):
    """One numbered event: what it changed in the depth, and the trade that it was."""

    number = serializers.IntegerField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    changes = RunOutput(many=True)
    trade = PublicTradeOutput(allow_null=True)
    halt = serializers.CharField()


class IncrementsOutput(serializers.Serializer[object]):
    """Increments in order; ask again with `after` set to `next_after` until it is `last`."""

    product = ProductOutput()
    increments = IncrementOutput(many=True)
    next_after = serializers.IntegerField()
    last = serializers.IntegerField()


class CandleOutput(serializers.Serializer[object]):
    """Trades of one step; a step without a trade is absent."""

    starts_at = serializers.DateTimeField()
    open_micros = serializers.IntegerField()
    high_micros = serializers.IntegerField()
    low_micros = serializers.IntegerField()
    close_micros = serializers.IntegerField()
    volume = serializers.IntegerField()
    trades = serializers.IntegerField()


class IndexOutput(serializers.Serializer[object]):
    """The VWAP index; no price where too few trades count."""

    at = serializers.DateTimeField()
    price_micros = serializers.IntegerField(allow_null=True)
    trades = serializers.IntegerField()
    volume = serializers.IntegerField()
    change_bp = serializers.IntegerField(allow_null=True)
