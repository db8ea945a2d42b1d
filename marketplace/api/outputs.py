"""What the API says of orders, listings and trades. Micros, GFLOPS, UTC."""

from rest_framework import serializers

from counter.access import acting_of
from marketplace.models import Listing, MarketEvent, Order, Trade


class TradeOutput(serializers.ModelSerializer[Trade]):
    """A trade of the caller's; the other side is named in the agreement, not here."""

    pool = serializers.CharField(source="pool.code")
    chip = serializers.CharField(source="pool.chip.code")
    zone = serializers.CharField(source="pool.site.zone.code")

    class Meta:
        """Figures frozen at the trade."""

        model = Trade
        fields = (
            "id",
            "pool",
            "chip",
            "zone",
            "devices",
            "starts_at",
            "ends_at",
            "price_micros",
            "gflops_per_device",
            "factor_method",
            "filled",
            "value_micros",
            "vat_bp",
            "held_micros",
            "traded_at",
        )


class OrderOutput(serializers.ModelSerializer[Order]):
    """An order of the caller's as it stands."""

    city = serializers.CharField(source="city.code", default=None, allow_null=True)

    class Meta:
        """Everything the sender said, and the life since."""

        model = Order
        exclude = ("buyer", "placed_by", "content_hash")


class PlacedOutput(serializers.Serializer[object]):
    """An order as the market left it; durable when you read this. GET it for all of it."""

    status = serializers.IntegerField(help_text="201, also in a batch")
    id = serializers.IntegerField()
    client_order_id = serializers.CharField()
    state = serializers.CharField()
    unit = serializers.CharField()
    amount = serializers.IntegerField()
    filled = serializers.IntegerField()
    held_micros = serializers.IntegerField(help_text="gross, at acceptance")
    version = serializers.IntegerField(help_text="name it to replace the order")
    number = serializers.IntegerField(help_text="the market's event number after this order")
    repeated = serializers.BooleanField(help_text="the same was sent and placed before")


class ChangedOutput(serializers.Serializer[object]):
    """An order after it was cancelled or replaced; durable when you read this."""

    status = serializers.IntegerField(help_text="200, also in a batch")
    id = serializers.IntegerField()
    state = serializers.CharField()
    filled = serializers.IntegerField()
    held_micros = serializers.IntegerField(help_text="gross")
    version = serializers.IntegerField()
    number = serializers.IntegerField(help_text="the market's event number after this change")
    repeated = serializers.BooleanField(help_text="the same was sent and done before")


class WaitsOutput(serializers.Serializer[object]):
    """Where an entry waits. It may still be refused, and is lost if the engine ends before."""

    status = serializers.IntegerField(help_text="202, also in a batch")
    term = serializers.IntegerField(help_text="of the engine that has queued it")
    place = serializers.IntegerField(help_text="in that term's queue, from 1")
    outcome = serializers.CharField(help_text="where to read what became of it")


class OutcomeOutput(serializers.Serializer[object]):
    """What became of an entry."""

    state = serializers.ChoiceField(["WAITING", "DONE"])
    answer = ChangedOutput(help_text="or the problem for which it was refused", allow_null=True)


class BatchOutput(serializers.Serializer[object]):
    """Answers in the order of the orders; what was refused is a problem with its status."""

    answers = PlacedOutput(many=True)


class ListingOutput(serializers.ModelSerializer[Listing]):
    """A listing of the caller's; `free` counts unsold devices per hour of its window."""

    pool = serializers.CharField(source="pool.code")

    class Meta:
        """Everything the sender said, and the life since."""

        model = Listing
        exclude = ("seller", "content_hash")


class EventOutput(serializers.ModelSerializer[MarketEvent]):
    """An event of the caller's orders and listings, or a halt; the other side is not named."""

    order = serializers.SerializerMethodField()
    listing = serializers.SerializerMethodField()

    class Meta:
        """Numbered by the market."""

        model = MarketEvent
        fields = ("number", "kind", "at", "order", "listing", "facts")

    def get_order(self, event: MarketEvent) -> int | None:
        """Return the order's id if it is the caller's."""
        own = event.order is not None and event.order.buyer_id == self._caller
        return event.order_id if own else None

    def get_listing(self, event: MarketEvent) -> int | None:
        """Return the listing's id if it is the caller's."""
        own = event.listing is not None and event.listing.seller_id == self._caller
        return event.listing_id if own else None

    @property
    def _caller(self) -> int | None:
        return acting_of(self.context["request"]).member_id


class EventsOutput(serializers.Serializer[object]):
    """A stretch of the feed; ask again with `after` set to `last`."""

    events = EventOutput(many=True)
    last = serializers.IntegerField()
