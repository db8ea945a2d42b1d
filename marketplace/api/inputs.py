"""What the API takes: shape only. Ranges, codes and times are the rules' business."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema_field
from rest_framework import serializers

from counter.serializers import StrictSerializer
from marketplace.api.changes_inputs import EndInput, OrderReplaceInput
from marketplace.domain.order_request import OrderRequest

LISTS = (
    "families_allowed",
    "families_excluded",
    "chips_allowed",
    "firmness",
    "zones_allowed",
)
BIG = 2**63 - 1


def _words() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=200
    )


def _count(help_text: str = "", *, required: bool = False) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=required, min_value=-BIG, max_value=BIG, help_text=help_text
    )


def _ceiling(help_text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=-BIG, max_value=BIG, help_text=help_text
    )


def _self_trade() -> serializers.CharField:
    return serializers.CharField(
        required=False,
        max_length=14,
        help_text="when it meets its own owner: CANCEL_NEWEST CANCEL_OLDEST DECREMENT",
    )


class RequirementInput(StrictSerializer):
    """An order without its id: what a preview takes."""

    unit = serializers.CharField(max_length=8, help_text="DEVICES or PFLOPS")
    amount = _count("devices, or GFLOPS when the unit is PFLOPS", required=True)
    hours = _count("consecutive hours", required=True)
    earliest = serializers.DateTimeField(help_text="delivery starts at or after")
    latest = serializers.DateTimeField(help_text="delivery has ended by")
    limit_micros = _count("most per device-hour or PFLOPS-hour, net of VAT", required=True)
    limit_unit = serializers.CharField(required=False, max_length=8, allow_blank=True)
    budget_micros = _ceiling("most for the whole order, VAT included")
    families_allowed = _words()
    families_excluded = _words()
    chips_allowed = _words()
    stack = serializers.CharField(required=False, max_length=12, allow_blank=True)
    min_memory_gb = _count()
    min_scale_up_gbs = _count("between devices of a node; takes whole nodes")
    min_scale_out_gbps = _count("per device, out of the node")
    city = serializers.CharField(required=False, allow_null=True, max_length=40)
    max_rtt_us = _ceiling("round trip to the city, in microseconds")
    link_gbps = _count("Gbit/s to the city in all its hours: a link is bought with the devices")
    move_gb = _count("whole GB to move to or from the city, once")
    firmness = _words()
    zones_allowed = _words()
    max_pue_thousandths = _ceiling()
    max_carbon_g_per_kwh = _ceiling()
    workload_class = serializers.CharField(required=False, max_length=20)
    splittable = serializers.BooleanField(required=False)
    min_lot_devices = _count()
    time_in_force = serializers.CharField(
        required=False, max_length=4, help_text="GTC GTD DAY IOC FOK"
    )
    expires_at = serializers.DateTimeField(required=False, allow_null=True, help_text="GTD only")
    self_trade = _self_trade()

    def to_request(self) -> OrderRequest:
        """Return the validated input as the domain knows it."""
        facts: dict[str, Any] = dict(self.validated_data)
        facts.pop("client_order_id", None)
        for name in LISTS:
            if name in facts:
                facts[name] = tuple(facts[name])
        return OrderRequest(**facts)


class OrderInput(RequirementInput):
    """A buy order under the sender's own id: sent twice, it is placed once."""

    client_order_id = serializers.CharField(max_length=64)


class PlacingInput(OrderInput):
    """A new order in a batch of entries."""

    do = serializers.ChoiceField(["place_order"])


class ReplacingInput(OrderReplaceInput):
    """A change of an order in a batch of entries."""

    do = serializers.ChoiceField(["replace_order"])
    order_id = serializers.IntegerField()


class CancellingInput(EndInput):
    """The end of an order in a batch of entries."""

    do = serializers.ChoiceField(["cancel_order"])
    order_id = serializers.IntegerField()


class CancellingAllInput(EndInput):
    """The end of everything in a batch of entries."""

    do = serializers.ChoiceField(["cancel_all"])


@extend_schema_field(
    PolymorphicProxySerializer(
        component_name="Entry",
        serializers={
            "place_order": PlacingInput,
            "replace_order": ReplacingInput,
            "cancel_order": CancellingInput,
            "cancel_all": CancellingAllInput,
        },
        resource_type_field_name="do",
        many=True,
    )
)
class EntriesField(serializers.ListField):
    """Entries of all kinds, as the API's document shows them."""


class BatchInput(StrictSerializer):
    """What is entered together: 1 to 50, either new orders or entries of all kinds."""

    orders = OrderInput(many=True, required=False)
    entries = EntriesField(required=False, help_text="each names what it does in `do`")


class ListingInput(StrictSerializer):
    """A sell order: devices of one of the sender's pools for a window of hours."""

    client_order_id = serializers.CharField(max_length=64)
    pool = serializers.CharField(max_length=80, help_text="the pool's code")
    devices = _count(required=True)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ask_micros = _count("per device-hour, net of VAT", required=True)
    min_devices = _count()
    min_hours = _count()
    firmness = serializers.CharField(required=False, max_length=12)
    recall_notice_minutes = _ceiling()
    self_trade = _self_trade()
