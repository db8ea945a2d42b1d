"""Agreements through the API: the caller's own, and nobody else's."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.api.serializers import AgreementOut, TermsOut
from contracts.models import Agreement
from contracts.queries import agreement_for, agreements_of, signatures_of, version_of
from counter.access import acting_of

SCOPE = "agreements"


def _own(request: Request, number: str) -> Agreement:
    agreement = agreement_for(acting_of(request).member_id or 0, number)
    if agreement is None:
        raise Http404
    return agreement


@extend_schema(summary="Agreements of the caller, newest first", tags=["agreements"])
class Agreements(ListAPIView[Agreement]):
    """Lists the caller's agreements."""

    required_scope = SCOPE
    serializer_class = AgreementOut

    def get_queryset(self) -> QuerySet[Agreement]:
        """Return the caller's rows only."""
        return agreements_of(acting_of(self.request).member_id or 0)


class OneAgreement(APIView):
    """Answers with one agreement."""

    required_scope = SCOPE

    @extend_schema(summary="One agreement", tags=["agreements"], responses=AgreementOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the agreement, or 404 to others than its parties."""
        return Response(AgreementOut(_own(request, number)).data)


class AgreementTerms(APIView):
    """Answers with the frozen terms."""

    required_scope = SCOPE

    @extend_schema(summary="Terms, hash and signatures", tags=["agreements"], responses=TermsOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the newest version's terms, or 404 to others than the parties."""
        version = version_of(_own(request, number).pk)
        return Response(
            TermsOut(
                {
                    "version": version.version,
                    "effective_from": version.effective_from,
                    "terms": version.terms,
                    "terms_sha256": version.terms_sha256,
                    "signatures": signatures_of(version.pk),
                }
            ).data
        )
