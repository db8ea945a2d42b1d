"""Addresses of the room's pages."""

from django.urls import path

from billing.pages.cashier import deposit, deposit_state, withdrawal
from billing.pages.papers import invoice, invoices, paper, payouts
from billing.pages.wallet import rates, statement, wallet

app_name = "billing"
urlpatterns = [
    path("wallet/", wallet, name="wallet"),
    path("wallet/statement/", statement, name="statement"),
    path("wallet/deposit/", deposit, name="deposit"),
    path("wallet/deposits/<int:deposit_id>/", deposit_state, name="deposit_state"),
    path("wallet/withdraw/", withdrawal, name="withdraw"),
    path("wallet/rates/", rates, name="rates"),
    path("invoices/", invoices, name="invoices"),
    path("invoices/<str:number>/", invoice, name="invoice"),
    path("invoices/<str:number>/paper.pdf", paper, name="paper"),
    path("payouts/", payouts, name="payouts"),
]
