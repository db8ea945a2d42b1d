"""Addresses of the room's API, under /api/v1/."""

from django.urls import path

from billing.api.views import FundsView, Invoices, OneInvoice, StatementView

urlpatterns = [
    path("funds/", FundsView.as_view(), name="api-funds"),
    path("statement/", StatementView.as_view(), name="api-statement"),
    path("invoices/", Invoices.as_view(), name="api-invoices"),
    path("invoices/<str:number>/", OneInvoice.as_view(), name="api-invoice"),
]
