"""What the API takes for a call auction: shape only, as docs/auction-format.md has it."""

from typing import Any

from rest_framework import serializers

from counter.serializers import StrictSerializer
from marketplace.domain.auctions.entries import OfferSent, OrderSent

BIG = 2**63 - 1
MOST_STEPS = 50
MOST_HOURS = 800


def _count(help_text: str = "", *, required: bool = False) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=required, min_value=-BIG, max_value=BIG, help_text=help_text
    )


def _ceiling(help_text: str = "") -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False, allow_null=True, min_value=-BIG, max_value=BIG, help_text=help_text
    )


def _words() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=200
    )


def _steps(help_text: str, *, required: bool = False) -> serializers.ListField:
    pair = serializers.ListField(
        child=serializers.IntegerField(min_value=-BIG, max_value=BIG), min_length=2, max_length=2
    )
    return serializers.ListField(
        child=pair, required=required, max_length=MOST_STEPS, help_text=help_text
    )


class ConditionsInput(StrictSerializer):
    """What every place of a bid must satisfy."""

    families_allowed = _words()
    families_excluded = _words()
    chips_allowed = _words()
    stack = serializers.CharField(required=False, max_length=12, allow_blank=True)
    min_memory_gb = _count()
    min_scale_up_gbs = _count("between devices of a node; takes whole nodes")
    min_scale_out_gbps = _count("per device, out of the node")
    max_rtt_us = _ceiling("round trip to the city, in microseconds")
    firmness = _words()
    zones_allowed = _words()
    max_pue_thousandths = _ceiling("of a GANG alone")
    max_carbon_g_per_kwh = _ceiling("of a GANG alone")


class BidInput(StrictSerializer):
    """One way in which an order may be served. Hours count from the auction's first."""

    kind = serializers.ChoiceField(["DIVISIBLE", "BLOCK", "GANG", "PROFILE"])
    unit = serializers.ChoiceField(["DEVICES", "PFLOPS"], required=False)
    amount = _count("devices, or GFLOPS when the unit is PFLOPS")
    hours = _count("that it takes; left out, its whole window")
    earliest = _count("the first hour in which it may run, 0 when left out")
    latest = _count("the hour by which it has ended; left out, the auction's end")
    limit_micros = _count("most per device-hour or PFLOPS-hour, net of VAT")
    steps = _steps("of a DIVISIBLE instead of limit and amount: [limit, amount], limits falling")
    profile = serializers.ListField(
        child=serializers.IntegerField(min_value=-BIG, max_value=BIG),
        required=False,
        max_length=MOST_HOURS,
        help_text="of a PROFILE instead of amount and hours: the amount hour by hour",
    )
    min_fill_bp = _count("of a DIVISIBLE: the least share of it, in hundredths of a per cent")
    requires = ConditionsInput(required=False)
    city = serializers.CharField(required=False, max_length=40, allow_blank=True)
    link_gbps = _count("Gbit/s to the city in all its hours, with the devices; not if DIVISIBLE")
    move_gb = _count("whole GB to move to or from the city, once; not if DIVISIBLE")
    workload_class = serializers.CharField(required=False, max_length=20)


class AuctionOrderContent(StrictSerializer):
    """What an order says, without its sender's id."""

    bids = BidInput(many=True, help_text="alternatives: one executes at most")
    budget_micros = _ceiling("most for the whole order, VAT included")
    parent_id = _ceiling("id of an earlier order of yours here: it executes only if that does")
    rolls = serializers.BooleanField(
        required=False, help_text="rejected, it goes on as an order of the continuous market"
    )

    def to_sent(self) -> OrderSent:
        """Return what was sent as the domain knows it."""
        facts: dict[str, Any] = self.validated_data
        return OrderSent(
            bids=facts["bids"],
            budget_micros=facts.get("budget_micros"),
            parent_id=facts.get("parent_id"),
            rolls=facts.get("rolls", False),
        )


class AuctionOrderInput(AuctionOrderContent):
    """An order under the sender's own id: sent twice, it is entered once."""

    client_order_id = serializers.CharField(max_length=64)


class AuctionOrderReplaceInput(AuctionOrderContent):
    """Another content in an order's place."""

    version = _count("as you read it; another is refused", required=True)


class AuctionOfferContent(StrictSerializer):
    """What an offer says of its pool. Hours count from the auction's first."""

    steps = _steps("[ask in micros per device-hour, devices], asks rising", required=True)
    hours = _count(required=True)
    first_hour = _count("0 when left out")
    firmness = serializers.CharField(
        required=False, max_length=12, help_text="FIRM RECALLABLE SURPLUS"
    )
    recall_notice_minutes = _ceiling("of a RECALLABLE alone")
    min_devices = _count("sold together in an hour, or none")
    start_up_micros = _count("earned above the asks, or nothing is sold")
    min_sold_bp = _count("least share of its device-hours that is sold, or nothing is")

    def to_sent(self, pool_id: int) -> OfferSent:
        """Return what was sent as the domain knows it."""
        names = set(AuctionOfferContent().fields)
        facts = {name: value for name, value in self.validated_data.items() if name in names}
        steps = [(ask, devices) for ask, devices in facts.pop("steps")]
        return OfferSent(pool_id=pool_id, steps=steps, **facts)


class AuctionOfferInput(AuctionOfferContent):
    """An offer under the sender's own id: sent twice, it is entered once."""

    client_order_id = serializers.CharField(max_length=64)
    pool = serializers.CharField(max_length=80, help_text="the code of a pool of yours")


class AuctionOfferReplaceInput(AuctionOfferContent):
    """Another curve in an offer's place, of the same pool."""

    version = _count("as you read it; another is refused", required=True)


class AuctionOrderBatchInput(StrictSerializer):
    """Up to 50 orders; each is entered, or refused, by itself."""

    orders = AuctionOrderInput(many=True)


class AuctionOfferBatchInput(StrictSerializer):
    """Up to 50 offers; each is entered, or refused, by itself."""

    offers = AuctionOfferInput(many=True)
