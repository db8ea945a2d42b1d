"""What the API says of call auctions. Micros, GFLOPS, UTC; hours count from the first."""

from datetime import datetime

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from counter.access import acting_of
from marketplace.domain.auctions.phases import PHASES, phase_of
from marketplace.models import Auction, AuctionIndication, AuctionOffer, AuctionOrder, AuctionRun
from marketplace.queries.auctions import outcome_sha256_of, runs_of, salt_of, seed_of
from timetable.queries import market_now


class AuctionOutput(serializers.ModelSerializer[Auction]):
    """An auction and its gates; seed and end are told once its book is frozen."""

    phase = serializers.SerializerMethodField()
    seed = serializers.SerializerMethodField(help_text="empty until the book is frozen")
    ended_at = serializers.SerializerMethodField(help_text="the random end, null until then")

    class Meta:
        """Nothing that is secret in its phase."""

        model = Auction
        fields = (
            "code", "kind", "phase", "starts_at", "hours", "opens_at", "no_cancel_at",
            "ends_from", "ends_by", "results_by", "vat_bp", "price_most_micros", "seed_sha256",
            "seed", "ended_at", "frozen_at", "book_sha256", "published_at", "method",
        )  # fmt: skip

    @extend_schema_field(serializers.ChoiceField(PHASES))
    def get_phase(self, auction: Auction) -> str:
        """Return the phase by the market's clock."""
        return phase_of(auction, self.context.get("now") or market_now())

    def get_seed(self, auction: Auction) -> str:
        """Return the seed once it is no secret."""
        return seed_of(auction)[0]

    def get_ended_at(self, auction: Auction) -> datetime | None:
        """Return the end once it is no secret."""
        return seed_of(auction)[1]


class AuctionRunOutput(serializers.ModelSerializer[AuctionRun]):
    """One method that the clearing tried, and how far it is."""

    class Meta:
        """Its progress; more than one row tells of a fall-back."""

        model = AuctionRun
        fields = ("method", "state", "phase", "done_bp", "welfare_micros", "bound_micros", "fault")


class AuctionCommitmentOutput(serializers.Serializer[object]):
    """With which the caller finds its own lines in the bundle."""

    participant = serializers.IntegerField()
    commitment = serializers.CharField()
    salt = serializers.CharField()


class AuctionDetailOutput(AuctionOutput):
    """An auction with what it has collected and how its clearing goes."""

    orders = serializers.SerializerMethodField(help_text="that were not cancelled")
    offers = serializers.SerializerMethodField(help_text="that were not cancelled")
    outcome_sha256 = serializers.SerializerMethodField(help_text="empty until publication")
    runs = serializers.SerializerMethodField()
    yours = serializers.SerializerMethodField(help_text="null where you have no lines in the book")

    class Meta(AuctionOutput.Meta):
        """The same, and more."""

        fields = (*AuctionOutput.Meta.fields, "orders", "offers", "outcome_sha256", "runs", "yours")  # type: ignore[assignment]

    def get_orders(self, auction: Auction) -> int:
        """Return how many orders stand or stood."""
        return auction.orders.exclude(state="CANCELLED").count()

    def get_offers(self, auction: Auction) -> int:
        """Return how many offers stand or stood."""
        return auction.offers.exclude(state="CANCELLED").count()

    def get_outcome_sha256(self, auction: Auction) -> str:
        """Return the hash of the published outcome."""
        return outcome_sha256_of(auction)

    @extend_schema_field(AuctionRunOutput(many=True))
    def get_runs(self, auction: Auction) -> object:
        """Return the methods tried, the first first."""
        return AuctionRunOutput(runs_of(auction), many=True).data

    @extend_schema_field(AuctionCommitmentOutput(allow_null=True))
    def get_yours(self, auction: Auction) -> object:
        """Return the caller's commitment and salt, which nobody else is told."""
        salt = salt_of(auction, acting_of(self.context["request"]).member_id or 0)
        return AuctionCommitmentOutput(salt).data if salt else None


class AuctionPriceRowOutput(serializers.Serializer[object]):
    """Published prices of one node, one an hour; null where nothing is offered."""

    node = serializers.CharField()
    zone = serializers.CharField()
    chip = serializers.CharField()
    firmness = serializers.CharField()
    prices_micros = serializers.ListField(
        child=serializers.IntegerField(allow_null=True), help_text="per device-hour, net of VAT"
    )
    traded_devices = serializers.ListField(child=serializers.IntegerField())


class AuctionIndicationRowOutput(serializers.Serializer[object]):
    """What one node would come to."""

    node = serializers.CharField()
    zone = serializers.CharField()
    chip = serializers.CharField()
    firmness = serializers.CharField()
    prices_micros = serializers.ListField(
        child=serializers.IntegerField(), help_text="per device-hour, net of VAT, one an hour"
    )
    device_hours = serializers.IntegerField(help_text="that would be sold")


class AuctionIndicationOutput(serializers.ModelSerializer[AuctionIndication]):
    """What the auction would have come to at one instant; it binds nobody."""

    nodes = serializers.SerializerMethodField()

    class Meta:
        """Counts and nodes, naming nobody."""

        model = AuctionIndication
        fields = ("number", "at", "orders", "offers", "nodes")

    @extend_schema_field(AuctionIndicationRowOutput(many=True))
    def get_nodes(self, told: AuctionIndication) -> object:
        """Return a row a node, in the order of their names."""
        return [
            {
                "node": node,
                "zone": what["zone"],
                "chip": what["chip"],
                "firmness": what["firmness"],
                "prices_micros": told.prices[node],
                "device_hours": told.device_hours.get(node, 0),
            }
            for node, what in sorted(told.nodes.items())
        ]


class AuctionPlacedOutput(serializers.Serializer[object]):
    """A rectangle of devices and hours."""

    node = serializers.CharField()
    devices = serializers.IntegerField()
    first_hour = serializers.IntegerField()
    hours = serializers.IntegerField()


class AuctionCarriedOutput(serializers.Serializer[object]):
    """Gbit/s of a link of the book in consecutive hours."""

    link = serializers.IntegerField(help_text="its number in the book")
    gbps = serializers.IntegerField()
    first_hour = serializers.IntegerField()
    hours = serializers.IntegerField()


class AuctionOrderResultOutput(serializers.Serializer[object]):
    """What became of an order: where it lies and what it pays, or the reason why not."""

    alternative = serializers.IntegerField(required=False, help_text="that executes, from 0")
    placed = AuctionPlacedOutput(many=True, required=False)
    carried_by = AuctionCarriedOutput(many=True, required=False)
    value_micros = serializers.IntegerField(required=False, help_text="at its limits, net")
    pays_micros = serializers.IntegerField(required=False, help_text="net, with the link")
    link_pays_micros = serializers.IntegerField(required=False, help_text="of it the link, net")
    reason = serializers.ChoiceField(
        ["PARENT", "NO_PLACE", "BLOCK_OFFER", "PRICE", "MIN_FILL", "CAPACITY", "ALL_OR_NOTHING"],
        required=False,
    )
    lost_surplus_micros = serializers.IntegerField(
        required=False, help_text="that it would have gained at the published prices"
    )


class AuctionSoldOutput(serializers.Serializer[object]):
    """A rectangle of an offer that an order took."""

    order = serializers.IntegerField(help_text="its number in the book")
    devices = serializers.IntegerField()
    first_hour = serializers.IntegerField()
    hours = serializers.IntegerField()


class AuctionOfferResultOutput(serializers.Serializer[object]):
    """What became of an offer: what it sold, or whether it stayed closed as a block."""

    sold = AuctionSoldOutput(many=True, required=False)
    closed = serializers.BooleanField(required=False)


class AuctionOrderOutput(serializers.ModelSerializer[AuctionOrder]):
    """An order of the caller's and what became of it."""

    auction = serializers.CharField(source="auction.code")
    parent_id = serializers.IntegerField(allow_null=True)
    result = serializers.SerializerMethodField()

    class Meta:
        """Everything the sender said, and the life since."""

        model = AuctionOrder
        exclude = ("buyer", "placed_by", "parent", "content_hash")

    @extend_schema_field(AuctionOrderResultOutput(allow_null=True))
    def get_result(self, order: AuctionOrder) -> object:
        """Return its line of the outcome; null before publication."""
        return _result(AuctionOrderResultOutput, order.result)


class AuctionOfferOutput(serializers.ModelSerializer[AuctionOffer]):
    """An offer of the caller's and what became of it."""

    auction = serializers.CharField(source="auction.code")
    pool = serializers.CharField(source="pool.code")
    result = serializers.SerializerMethodField()

    class Meta:
        """Everything the sender said, and the life since."""

        model = AuctionOffer
        exclude = ("seller", "content_hash")

    @extend_schema_field(AuctionOfferResultOutput(allow_null=True))
    def get_result(self, offer: AuctionOffer) -> object:
        """Return its lines of the outcome; null before publication."""
        return _result(AuctionOfferResultOutput, offer.result)


def _result(output: type[serializers.Serializer[object]], row: dict[str, object] | None) -> object:
    """Return the lines that are told; which fields an outcome has depends on what it says."""
    if not row:
        return None
    shown = output()
    for name in set(shown.fields) - set(row):
        del shown.fields[name]
    return shown.to_representation(row)


class AuctionOrderBatchOutput(serializers.Serializer[object]):
    """Answers in the order of the orders; what was refused is a problem with its status."""

    answers = AuctionOrderOutput(many=True)


class AuctionOfferBatchOutput(serializers.Serializer[object]):
    """Answers in the order of the offers; what was refused is a problem with its status."""

    answers = AuctionOfferOutput(many=True)
