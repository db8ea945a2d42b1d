"""Deposit and withdraw: first the amount, then one button that says it."""

import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from billing.actions import ask_deposit, withdraw
from billing.models import Deposit
from billing.pages.forms import AmountForm, DepositForm, WithdrawForm
from billing.pages.words import PAYMENTS
from billing.queries import deposit_for, withdrawable_fen
from counter.access import acting_of, for_members
from counter.problems import sentence_of
from exchange.refusal import Refused
from exchange.units import MICROS_PER_FEN
from timetable.queries import market_now

PRESETS = (1_000, 10_000, 100_000)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def deposit(request: HttpRequest) -> HttpResponse:
    """Ask for the amount, then the card; on POST ask Stripe for the deposit once."""
    if request.method == "POST" and settings.SANDBOX_MARKET:
        form = DepositForm(request.POST)
        if form.is_valid():
            try:
                return _after(request, _ask(request, form))
            except Refused as refusal:
                form.add_error(_field(refusal, form), sentence_of(refusal))
        return _deposit_page(request, form, status=422)
    return _deposit_page(request, _first(request, DepositForm))


def _ask(request: HttpRequest, form: DepositForm) -> Deposit:
    acting = acting_of(request)
    return ask_deposit(
        member_id=acting.member_id or 0,
        amount_fen=form.amount_fen,
        key=form.cleaned_data["key"],
        payment_method=form.cleaned_data["card"],
        return_url=request.build_absolute_uri(reverse("billing:wallet")),
        person_id=acting.person_id,
        now=market_now(),
    )


def _after(request: HttpRequest, row: Deposit) -> HttpResponse:
    if row.state == "RECEIVED":
        messages.success(request, _("The deposit was received."))
        return redirect("billing:wallet")
    return redirect("billing:deposit_state", deposit_id=row.pk)


@require_safe
@for_members()
def deposit_state(request: HttpRequest, deposit_id: int) -> HttpResponse:
    """Show where a deposit stands, and what its bank asks."""
    row = deposit_for(acting_of(request).member_id or 0, deposit_id)
    if row is None:
        raise Http404
    context = {"deposit": row, "tag": PAYMENTS[row.state]}
    return TemplateResponse(request, "billing/deposit_state.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(writes=True)
def withdrawal(request: HttpRequest) -> HttpResponse:
    """Ask for the amount; on POST return unused funds to the cards that paid them."""
    acting = acting_of(request)
    if request.method == "POST":
        form = WithdrawForm(request.POST)
        if form.is_valid():
            try:
                withdraw(
                    member_id=acting.member_id or 0,
                    amount_fen=form.amount_fen,
                    key=form.cleaned_data["key"],
                    person_id=acting.person_id,
                    now=market_now(),
                )
            except Refused as refusal:
                form.add_error(_field(refusal, form), sentence_of(refusal))
            else:
                messages.success(request, _("The withdrawal is under way."))
                return redirect("billing:wallet")
        return _withdraw_page(request, form, status=422)
    return _withdraw_page(request, _first(request, WithdrawForm))


def _first(request: HttpRequest, shape: type[WithdrawForm]) -> AmountForm:
    """The second step once the amount is valid; until then the first."""
    if "amount" not in request.GET:
        return AmountForm()
    asked = AmountForm(request.GET)
    if not asked.is_valid():
        return asked
    return shape(initial={"amount": asked.cleaned_data["amount"], "key": uuid.uuid4().hex})


def _chosen_micros(form: AmountForm) -> int | None:
    """The amount that the button says; None while there is no valid one."""
    if not isinstance(form, WithdrawForm):
        return None
    if not form.is_bound:
        return int(form.initial["amount"].scaleb(6))
    amount = form.cleaned_data.get("amount")
    return int(amount.scaleb(6)) if amount is not None else None


def _field(refusal: Refused, form: AmountForm) -> str | None:
    return refusal.field if refusal.field in form.fields else None


def _deposit_page(request: HttpRequest, form: AmountForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "chosen_micros": _chosen_micros(form),
        "presets": [(amount * 1_000_000, f"?amount={amount}") for amount in PRESETS],
        "sandbox": settings.SANDBOX_MARKET,
    }
    return TemplateResponse(request, "billing/deposit.html", context, status=status)


def _withdraw_page(request: HttpRequest, form: AmountForm, status: int = 200) -> HttpResponse:
    most = withdrawable_fen(acting_of(request).member_id or 0)
    context = {
        "form": form,
        "chosen_micros": _chosen_micros(form),
        "most_micros": most * MICROS_PER_FEN,
        "most_href": f"?amount={most // 100}.{most % 100:02d}",
    }
    return TemplateResponse(request, "billing/withdraw.html", context, status=status)
