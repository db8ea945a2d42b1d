"""What the API says of the market: depth, prices, previews, catalogue. Never a member's name."""

from rest_framework import serializers


class LevelOutput(serializers.Serializer[object]):
    """What rests at one price."""

    price_micros_per_pflops_hour = serializers.IntegerField()
    gflops_hours = serializers.IntegerField()
    device_hours = serializers.IntegerField()
    cumulative_gflops_hours = serializers.IntegerField()


class DepthOutput(serializers.Serializer[object]):
    """Sells from the cheapest up, buys from the highest down."""

    sells = LevelOutput(many=True)
    buys = LevelOutput(many=True)


class LastTradeOutput(serializers.Serializer[object]):
    """A trade as everybody may see it."""

    trade_id = serializers.IntegerField()
    traded_at = serializers.DateTimeField()
    chip = serializers.CharField(source="chip_code")
    grade = serializers.CharField()
    zone = serializers.CharField()
    devices = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    price_micros = serializers.IntegerField()
    price_micros_per_pflops_hour = serializers.IntegerField()


class HeatCellOutput(serializers.Serializer[object]):
    """The price of starting at an hour."""

    starts_at = serializers.DateTimeField()
    price_micros_per_pflops_hour = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()
    within_limit = serializers.BooleanField()
    inside_window = serializers.BooleanField()


class HeatRowOutput(serializers.Serializer[object]):
    """A delivery day of 24 starts."""

    day = serializers.DateField()
    cells = HeatCellOutput(many=True)


class PlacementOutput(serializers.Serializer[object]):
    """A place where the order would run."""

    site = serializers.CharField()
    zone = serializers.CharField()
    chip = serializers.CharField(source="chip_code")
    devices = serializers.IntegerField()
    gflops = serializers.IntegerField()
    factor_method = serializers.CharField()
    price_micros = serializers.IntegerField()
    landed_micros = serializers.IntegerField(help_text="devices and link, net")
    link_micros = serializers.IntegerField(help_text="of it for the link")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    rtt_us = serializers.IntegerField(allow_null=True)
    rtt_measured_at = serializers.DateTimeField(
        allow_null=True, help_text="null: the round trip is estimated"
    )
    carbon_kg = serializers.IntegerField()
    firmness = serializers.CharField()
    chosen = serializers.BooleanField()


class SieveStepOutput(serializers.Serializer[object]):
    """How many offers survive a condition."""

    code = serializers.CharField()
    survivors = serializers.IntegerField()


class PreviewOutput(serializers.Serializer[object]):
    """What the order would get now."""

    hold_micros = serializers.IntegerField()
    expected_micros = serializers.IntegerField()
    expected_gross_micros = serializers.IntegerField()
    link_micros = serializers.IntegerField(help_text="of what is expected, net")
    vat_bp = serializers.IntegerField()
    filled = serializers.IntegerField()
    would_fill = serializers.BooleanField()
    placements = PlacementOutput(many=True)
    sieve = SieveStepOutput(many=True)
    heat = HeatRowOutput(many=True)


class FixOutput(serializers.Serializer[object]):
    """One change that would fill the order, and its effect."""

    code = serializers.CharField()
    change = serializers.JSONField()
    effect = serializers.JSONField()


class ExplanationOutput(serializers.Serializer[object]):
    """Why the order is not filled."""

    state = serializers.CharField()
    blocked_by = serializers.CharField()
    sieve = SieveStepOutput(many=True)
    fixes = FixOutput(many=True)


class ChipOutput(serializers.Serializer[object]):
    """A chip model with nominal figures."""

    code = serializers.CharField()
    name = serializers.CharField()
    vendor = serializers.CharField()
    family = serializers.CharField()
    stack = serializers.CharField()
    memory_gb = serializers.IntegerField()
    nominal_gflops = serializers.IntegerField()


class ZoneOutput(serializers.Serializer[object]):
    """A zone of delivery."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()
    province = serializers.CharField()


class CityOutput(serializers.Serializer[object]):
    """A city of demand."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField()


class CatalogueOutput(serializers.Serializer[object]):
    """The codes that orders use."""

    chips = ChipOutput(many=True)
    zones = ZoneOutput(many=True)
    cities = CityOutput(many=True)
