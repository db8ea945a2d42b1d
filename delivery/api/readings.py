"""The sites' door: keys and signed batches of readings."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from counter.access import acting_of
from counter.problems import sentence_of
from delivery.actions import (
    Accepted,
    SignedBatch,
    accept_batches,
    accept_readings,
    register_site_key,
)
from delivery.api.serializers import BatchesIn, BatchesOut, BatchIn, BatchOut, SiteKeyIn, SiteKeyOut
from delivery.domain.metering import QuarterReading
from exchange.refusal import Refused
from marketplace.models import Site
from timetable.queries import market_now

SCOPE = "readings"


class Readings(APIView):
    """Takes readings of own sites."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Deliver a signed batch of readings",
        tags=["readings"],
        request=BatchIn,
        responses={200: BatchOut, 201: BatchOut},
    )
    def post(self, request: Request) -> Response:
        """Store the batch, all or none; sending it again changes nothing and answers 200."""
        shape = BatchIn(data=request.data)
        shape.is_valid(raise_exception=True)
        batch = shape.validated_data
        accepted = accept_readings(
            member_id=acting_of(request).member_id or 0,
            external_name=batch["allocation"],
            readings=[QuarterReading(**reading) for reading in batch["readings"]],
            head=batch["head"],
            signature=batch["signature"],
            now=market_now(),
        )
        return Response(BatchOut(accepted).data, status=201 if accepted.stored else 200)


class ManyReadings(APIView):
    """Takes readings of several allocations of own sites at once."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Deliver signed batches of several allocations",
        tags=["readings"],
        request=BatchesIn,
        responses={200: BatchesOut},
    )
    def post(self, request: Request) -> Response:
        """Answer for each batch by itself; a refused one holds up no other."""
        shape = BatchesIn(data=request.data)
        shape.is_valid(raise_exception=True)
        member_id = acting_of(request).member_id or 0
        batches = [
            SignedBatch(
                member_id=member_id,
                external_name=batch["allocation"],
                readings=[QuarterReading(**reading) for reading in batch["readings"]],
                head=batch["head"],
                signature=batch["signature"],
            )
            for batch in shape.validated_data["batches"]
        ]
        answers = accept_batches(batches=batches, now=market_now())
        told = [_told(*pair) for pair in zip(batches, answers, strict=True)]
        return Response(BatchesOut({"batches": told}).data)


def _told(batch: SignedBatch, answer: Accepted | Refused) -> dict[str, object]:
    facts: dict[str, object]
    if isinstance(answer, Refused):
        facts = {"code": answer.code, "detail": sentence_of(answer)}
    else:
        facts = {"head": answer.head, "stored": answer.stored, "known": answer.known}
    return {"allocation": batch.external_name, **facts}


class SiteKeys(APIView):
    """Takes public keys of own sites."""

    required_scope = SCOPE
    required_capabilities = ("SELLER",)

    @extend_schema(
        summary="Register a site's public key",
        tags=["readings"],
        request=SiteKeyIn,
        responses={201: SiteKeyOut},
    )
    def post(self, request: Request) -> Response:
        """Let readings of the site be signed with this key from now on."""
        shape = SiteKeyIn(data=request.data)
        shape.is_valid(raise_exception=True)
        acting = acting_of(request)
        site = Site.objects.filter(code=shape.validated_data["site"]).first()
        if site is None:
            raise Http404
        key = register_site_key(
            member_id=acting.member_id or 0,
            person_id=acting.person_id,
            site_id=site.pk,
            public_key=shape.validated_data["public_key"],
            now=market_now(),
        )
        return Response(SiteKeyOut(key).data, status=201)
