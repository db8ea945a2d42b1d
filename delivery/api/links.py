"""Links as delivered through the API: their buyer's and carrier's, and nobody else's."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.serializers import StrictSerializer
from delivery.actions import accept_link_readings, confirm_link
from delivery.api.allocations import InChainOrder, InTimeOrder
from delivery.domain.link_metering import LinkQuarter
from delivery.domain.validation import MAX_BATCH
from delivery.models import LinkDelivery, LinkReading, SealedLinkHour
from delivery.queries.links import link_deliveries_of
from timetable.queries import market_now

SCOPE = "agreements"


class LinkDeliveryOut(serializers.ModelSerializer[LinkDelivery]):
    """One link as it is handed over; bandwidth in Gbit/s and Mbit/s, round trips in µs."""

    agreement = serializers.CharField(source="agreement.number")
    zone = serializers.CharField(source="link.zone.code")
    city = serializers.CharField(source="link.city.code")

    class Meta:
        """`chain_head` and `chain_length` tell a carrier where to go on."""

        model = LinkDelivery
        exclude = ("link", "metered_at_wall")


class LinkReadingOut(serializers.ModelSerializer[LinkReading]):
    """One stored reading of a link with its place in the chain."""

    quality = serializers.CharField(help_text="MEASURED, ESTIMATED or EDITED")

    class Meta:
        """All that is needed to compute the hash again."""

        model = LinkReading
        exclude = ("id", "link_delivery")


class LinkHourOut(serializers.ModelSerializer[SealedLinkHour]):
    """One sealed hour of a link: what settlement with the carrier counts."""

    class Meta:
        """Everything but the rows' numbers."""

        model = SealedLinkHour
        exclude = ("id", "link_delivery")


class LinkReadingIn(StrictSerializer):
    """What a link gave in the 15 minutes from `interval_start`."""

    interval_start = serializers.DateTimeField()
    available_gbps_seconds = serializers.IntegerField(help_text="Gbit/s, summed over the seconds")
    moved_mb = serializers.IntegerField(help_text="of a million bytes")
    version = serializers.IntegerField(required=False, default=1)
    quality = serializers.CharField(required=False, default="MEASURED", max_length=10)


class LinkBatchIn(StrictSerializer):
    """Readings of one link, all or none."""

    readings = serializers.ListField(child=LinkReadingIn(), min_length=1, max_length=MAX_BATCH)


class LinkBatchOut(serializers.Serializer[object]):
    """What became of them."""

    chain_head = serializers.CharField()
    chain_length = serializers.IntegerField()
    stored = serializers.IntegerField()
    known = serializers.IntegerField()


def own_link(request: Request, pk: int) -> LinkDelivery:
    """Return the link's delivery if the caller buys or carries it, else 404."""
    row = link_deliveries_of(acting_of(request).member_id or 0).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@extend_schema(summary="Links that you receive or carry, newest first", tags=["links"])
class LinkDeliveries(ListAPIView[LinkDelivery]):
    """Lists the caller's."""

    required_scope = SCOPE
    serializer_class = LinkDeliveryOut

    def get_queryset(self) -> QuerySet[LinkDelivery]:
        """Return the caller's rows only."""
        return link_deliveries_of(acting_of(self.request).member_id or 0)


class OneLinkDelivery(APIView):
    """Answers with one link as it is delivered."""

    required_scope = SCOPE

    @extend_schema(summary="One link as it is delivered", tags=["links"], responses=LinkDeliveryOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return it, or 404 to others than its parties."""
        return Response(LinkDeliveryOut(own_link(request, pk)).data)


class ConfirmLinkIn(StrictSerializer):
    """What the carrier measured of a link that it has set up."""

    mbps = serializers.IntegerField(min_value=0, max_value=1_000_000_000)
    rtt_us = serializers.IntegerField(min_value=0, max_value=10_000_000, help_text="median")


class ConfirmLink(APIView):
    """Takes a carrier's word that its link stands."""

    required_scope = "readings"
    required_capabilities = ("CARRIER",)

    @extend_schema(
        summary="Confirm that a link stands which you meter yourself, with what you measured",
        tags=["links"],
        request=ConfirmLinkIn,
        responses=LinkDeliveryOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Accept or fail it by the figures; the same again changes nothing."""
        sent = ConfirmLinkIn(data=request.data)
        sent.is_valid(raise_exception=True)
        acting = acting_of(request)
        confirm_link(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            link_delivery_id=pk,
            **sent.validated_data,
            now=market_now(),
        )
        return Response(LinkDeliveryOut(own_link(request, pk)).data)


@extend_schema(summary="Readings of a link, in the chain's order", tags=["links"])
class LinkReadings(ListAPIView[LinkReading]):
    """Lists readings, so that both parties can check the chain."""

    required_scope = SCOPE
    serializer_class = LinkReadingOut
    pagination_class = InChainOrder
    queryset = LinkReading.objects.none()

    def get_queryset(self) -> QuerySet[LinkReading]:
        """Return the readings of one of the caller's links."""
        return LinkReading.objects.filter(link_delivery=own_link(self.request, self.kwargs["pk"]))


@extend_schema(summary="Sealed hours of a link", tags=["links"])
class LinkHours(ListAPIView[SealedLinkHour]):
    """Lists what settlement with the carrier counts."""

    required_scope = SCOPE
    serializer_class = LinkHourOut
    pagination_class = InTimeOrder
    queryset = SealedLinkHour.objects.none()

    def get_queryset(self) -> QuerySet[SealedLinkHour]:
        """Return the hours of one of the caller's links."""
        return SealedLinkHour.objects.filter(
            link_delivery=own_link(self.request, self.kwargs["pk"])
        )


class ReportLink(APIView):
    """Takes readings of links that the caller carries."""

    required_scope = "readings"
    required_capabilities = ("CARRIER",)

    @extend_schema(
        summary="Deliver readings of a link that you carry",
        tags=["links"],
        request=LinkBatchIn,
        responses={200: LinkBatchOut, 201: LinkBatchOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Store them, all or none; sending them again changes nothing and answers 200."""
        sent = LinkBatchIn(data=request.data)
        sent.is_valid(raise_exception=True)
        taken = accept_link_readings(
            member_id=acting_of(request).member_id or 0,
            link_delivery_id=pk,
            readings=[LinkQuarter(**reading) for reading in sent.validated_data["readings"]],
            now=market_now(),
        )
        return Response(LinkBatchOut(taken).data, status=201 if taken.stored else 200)
