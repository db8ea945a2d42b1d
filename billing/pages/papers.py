"""Invoices and payouts."""

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from billing.adapters.invoice_paper import invoice_pdf
from billing.adapters.tables import csv_bytes, fen_text, yuan_text
from billing.models import Invoice
from billing.pages.words import PAYMENTS
from billing.queries import invoice_for, invoices_of, owed_to, payouts_of
from counter.access import acting_of, for_members
from counter.paging import page_of
from exchange.units import MICROS_PER_FEN
from ledger.queries import funds_of

CSV_ROWS = 10_000
SIDES = ("", "issued", "received")


@require_safe
@for_members()
def invoices(request: HttpRequest) -> HttpResponse:
    """List invoices and credit notes; `?side=` narrows, `?format=csv` hands out a table."""
    member_id = acting_of(request).member_id or 0
    side = request.GET.get("side", "")
    rows = invoices_of(member_id)
    if side in SIDES[1:]:
        rows = rows.filter(**{"issuer" if side == "issued" else "customer": member_id})
    if request.GET.get("format") == "csv":
        return _list_as_csv(list(rows[:CSV_ROWS]))
    page = page_of(request, rows)
    words = {"": _("All"), "issued": _("Issued by you"), "received": _("For you")}
    return TemplateResponse(
        request,
        "billing/invoices.html",
        {
            "page": page,
            "sides": [(words[name], f"?side={name}", name == side) for name in SIDES],
        },
    )


def _list_as_csv(rows: list[Invoice]) -> HttpResponse:
    head = ("number", "kind", "issuer", "customer", "delivery_day", "net", "vat", "total")
    table = (
        (
            row.number,
            row.kind,
            row.issuer.name if row.issuer else "Gridhour",
            row.customer.name,
            row.delivery_day.isoformat(),
            fen_text(row.net_fen),
            fen_text(row.vat_fen),
            fen_text(row.total_fen),
        )
        for row in rows
    )
    return _file(csv_bytes(head, table), "text/csv; charset=utf-8", "invoices.csv")


def _own(request: HttpRequest, number: str) -> Invoice:
    row = invoice_for(acting_of(request).member_id or 0, number)
    if row is None:
        raise Http404
    return row


@require_safe
@for_members()
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Show one invoice with its lines, or hand it out: `?format=csv`."""
    row = _own(request, number)
    lines = list(row.lines.select_related("agreement").order_by("kind", "pk"))
    if request.GET.get("format") == "csv":
        head = (
            "agreement",
            "kind",
            "device_seconds",
            "gbps_seconds",
            "moved_mb",
            "net_cny",
            "vat_cny",
        )
        table = (
            (
                line.agreement.number,
                line.kind,
                line.device_seconds,
                line.gbps_seconds,
                line.moved_mb,
                yuan_text(line.net_micros),
                yuan_text(line.vat_micros),
            )
            for line in lines
        )
        return _file(csv_bytes(head, table), "text/csv; charset=utf-8", f"{row.number}.csv")
    exact = sum(line.net_micros + line.vat_micros for line in lines if line.kind != "DAMAGES")
    context = {
        "invoice": row,
        "lines": lines,
        "rounding_text": "¥ " + yuan_text(row.total_fen * MICROS_PER_FEN - exact),
    }
    return TemplateResponse(request, "billing/invoice.html", context)


@require_safe
@for_members()
def paper(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the invoice as PDF."""
    row = _own(request, number)
    return _file(invoice_pdf(row), "application/pdf", f"{row.number}.pdf", how="inline")


@require_safe
@for_members()
def payouts(request: HttpRequest) -> HttpResponse:
    """List what the member is to be paid, day by day."""
    member_id = acting_of(request).member_id or 0
    rows = payouts_of(member_id)
    page = page_of(request, rows)
    for row in page:
        row.tag = PAYMENTS[row.state]
    recorded = rows.filter(state="PAYABLE").aggregate(fen=Sum("amount_fen", default=0))["fen"]
    context = {
        "page": page,
        "owed_micros": owed_to(member_id),
        "recorded_micros": recorded * MICROS_PER_FEN,
        "earned_micros": funds_of(member_id).payable_micros,
    }
    return TemplateResponse(request, "billing/payouts.html", context)


def _file(content: bytes, kind: str, name: str, how: str = "attachment") -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{how}; filename="{name}"'
    return response
