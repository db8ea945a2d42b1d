"""Change an order: what it would mean is said first, then done in one step or not at all."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counter.access import acting_of, for_members
from counter.problems import sentence_of
from counter.templatetags.figures import instant, money
from exchange.price import hold_micros
from exchange.refusal import Refused
from marketplace.actions import replace_order
from marketplace.domain.changing import OrderFigures, order_keeps_place
from marketplace.models import Order
from marketplace.pages.change_forms import ChangeForm, OrderChangeForm, differing
from marketplace.pages.orders import amount_text
from marketplace.queries.books import order_for
from marketplace.queries.holding import left_of_hold
from marketplace.queries.resting import OPEN_STATES
from timetable.queries import market_now

FIELDS = {
    "limit_micros": "limit",
    "budget_micros": "budget",
    "expires_at": "expires",
    "ask_micros": "ask",
}


@require_http_methods(["GET", "HEAD", "POST"])
@for_members("BUYER", "BROKER", writes=True)
def change_order(request: HttpRequest, order_id: int) -> HttpResponse:
    """Show what a change would mean, or (POST) make it; refused, nothing written is lost."""
    acting = acting_of(request)
    order = order_for(acting.member_id or 0, order_id)
    if order.state not in OPEN_STATES:
        return redirect("marketplace:order", order_id)
    data = (request.POST if request.method == "POST" else request.GET).dict()
    form = OrderChangeForm(data, order=order)
    valid = bool(data) and form.is_valid()
    if request.method == "POST" and valid:
        try:
            replace_order(
                buyer_id=acting.member_id or 0,
                order_id=order_id,
                version=form.cleaned_data["version"],
                client_id=form.cleaned_data["client_id"],
                person_id=acting.person_id,
                now=market_now(),
                **differing(figures_of(order), form.figures),
            )
            return redirect("marketplace:order", order_id)
        except Refused as refusal:
            order = order_for(acting.member_id or 0, order_id)
            refuse(form, refusal, version=order.version)
    facts: dict[str, Any] = {
        "order": order,
        "form": form,
        "amount": amount_text(order, order.amount),
        "may_change": acting.may_trade,
    }
    if valid and not form.errors:
        facts |= meaning_of(order, form)
    status = 422 if request.method == "POST" else 200
    return TemplateResponse(request, "marketplace/change_order.html", facts, status=status)


def figures_of(order: Order) -> OrderFigures:
    """Return what may change of the order, as it stands."""
    return OrderFigures(order.amount, order.limit_micros, order.budget_micros, order.expires_at)


def meaning_of(order: Order, form: OrderChangeForm) -> dict[str, Any]:
    """Return what the change would mean: the figures that differ, the place, the hold."""
    before, after = figures_of(order), form.figures
    words: dict[str, tuple[str, Callable[[Any], str]]] = {
        "amount": (_("Compute"), lambda value: amount_text(order, value)),
        "limit_micros": (_("Limit"), money),
        "budget_micros": (_("In total at most"), money),
        "expires_at": (_("Until"), instant),
    }
    changes = [
        (words[name][0], words[name][1](vars(before)[name]), words[name][1](value))
        for name, value in differing(before, after).items()
    ]
    held = left_of_hold(order)
    whole = hold_micros(
        unit=order.unit,
        amount=after.amount,
        hours=order.hours,
        limit_micros=after.limit_micros,
        vat_bp=order.vat_bp,
        budget_micros=after.budget_micros,
    )
    left = max(0, whole - (order.held_micros - held))
    return {
        "changes": changes,
        "keeps_place": order_keeps_place(before, after),
        "held": held,
        "left": left,
        "more": max(0, left - held),
        "less": max(0, held - left),
        "hidden": hidden_of(form),
    }


def hidden_of(form: ChangeForm) -> list[tuple[str, str]]:
    """Return what was written as it goes along with the button that makes the change."""
    return [(name, str(form.data.get(name, ""))) for name in form.fields]


def refuse(form: ChangeForm, refusal: Refused, *, version: int) -> None:
    """Say the refusal at its field; the next try is of the version that stands now."""
    name = FIELDS.get(refusal.field, refusal.field)
    shown = name in form.fields and not form.fields[name].widget.is_hidden
    form.add_error(name if shown else None, sentence_of(refusal))
    form.data = {**form.data, "version": str(version)}
