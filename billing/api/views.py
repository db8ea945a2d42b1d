"""Money through the API: the caller's own, and nobody else's."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from billing.api.serializers import (
    FundsOut,
    InvoiceOut,
    InvoiceWithLinesOut,
    StatementOut,
    StatementQuery,
)
from billing.models import Invoice
from billing.queries import invoice_for, invoices_of
from counter.access import acting_of
from ledger.queries import funds_of, statement_of

SCOPE = "agreements"


class FundsView(APIView):
    """Answers with the caller's balances."""

    required_scope = SCOPE

    @extend_schema(summary="Funds of the caller", tags=["money"], responses=FundsOut)
    def get(self, request: Request) -> Response:
        """Return the four balances in micros."""
        return Response(FundsOut(funds_of(acting_of(request).member_id or 0)).data)


class StatementView(APIView):
    """Answers with a page of the caller's lines."""

    required_scope = SCOPE

    @extend_schema(
        summary="Statement of the caller, newest first",
        tags=["money"],
        parameters=[StatementQuery],
        responses=StatementOut,
    )
    def get(self, request: Request) -> Response:
        """Return lines older than `before`; bad parameters are refused by name."""
        asked = StatementQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        limit, account = asked.validated_data["limit"], asked.validated_data.get("account")
        lines = statement_of(
            acting_of(request).member_id or 0,
            before_id=asked.validated_data.get("before"),
            limit=limit,
            account_kinds=(account,) if account else (),
        )
        before = lines[-1].id if len(lines) == limit else None
        return Response(StatementOut({"results": lines, "before": before}).data)


@extend_schema(summary="Invoices of the caller, newest first", tags=["money"])
class Invoices(ListAPIView[Invoice]):
    """Lists invoices that the caller issued or received."""

    required_scope = SCOPE
    serializer_class = InvoiceOut

    def get_queryset(self) -> QuerySet[Invoice]:
        """Return the caller's rows only."""
        return invoices_of(acting_of(self.request).member_id or 0)


class OneInvoice(APIView):
    """Answers with one invoice and its lines."""

    required_scope = SCOPE

    @extend_schema(summary="One invoice", tags=["money"], responses=InvoiceWithLinesOut)
    def get(self, request: Request, number: str) -> Response:
        """Return the invoice, or 404 to others than its parties."""
        invoice = invoice_for(acting_of(request).member_id or 0, number)
        if invoice is None:
            raise Http404
        return Response(InvoiceWithLinesOut(invoice).data)
