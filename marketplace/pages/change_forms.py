"""Forms that change what is open. What is left as it was shown is no change."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from counter.fields import ScaledField, ShanghaiField, YuanField
from counter.templatetags.figures import plain_yuan
from exchange.units import GFLOPS_PER_PFLOPS
from marketplace.domain.changing import ListingFigures, OrderFigures
from marketplace.models import Listing, Order

DECIMAL = {"inputmode": "decimal"}
# Either unit is typed with up to six places: whole GFLOPS.
SCALE = 6


class ChangeForm(forms.Form):
    """What every change carries: the version that was read, and its own id."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    client_id = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, shown: dict[str, str], version: int) -> None:
        """Show what stands; `data` is what the reader wrote over it, if anything."""
        first = {"version": str(version), "client_id": f"web-{uuid4().hex[:16]}"}
        self.shown = shown
        super().__init__({**first, **shown, **data} if data else None, initial={**first, **shown})

    def wrote(self, name: str) -> bool:
        """Tell whether the reader wrote something else than was shown."""
        return str(self.data.get(name, "")).strip() not in ("", self.shown[name])

    def kept(self, name: str, before: Any) -> Any:
        """Return what was there before, unless something else was written."""
        return self.cleaned_data[name] if self.wrote(name) else before


class OrderChangeForm(ChangeForm):
    """Another amount, limit, budget or expiry of an order."""

    amount = ScaledField(
        scale=SCALE,
        label=_("Compute"),
        decimal_places=SCALE,
        max_digits=18,
        widget=forms.TextInput(attrs=DECIMAL),
    )
    limit = YuanField(label=_("Pay at most (limit)"))
    budget = YuanField(label=_("In total at most"), required=False)
    expires = ShanghaiField(label=_("Until"), required=False)

    def __init__(self, data: Any, *, order: Order) -> None:
        """Show the order as it stands; an order without an expiry gets none."""
        self.order = order
        super().__init__(data, shown=shown_order(order), version=order.version)
        if order.expires_at is None:
            del self.fields["expires"]

    @property
    def figures(self) -> OrderFigures:
        """Return the order's figures as they would be."""
        order = self.order
        amount = self.kept("amount", order.amount)
        if order.unit == "DEVICES" and self.wrote("amount"):
            amount //= 10**SCALE
        return OrderFigures(
            amount=amount,
            limit_micros=self.kept("limit", order.limit_micros),
            budget_micros=self.kept("budget", order.budget_micros),
            expires_at=self.kept("expires", order.expires_at),
        )


class ListingChangeForm(ChangeForm):
    """Other devices or another ask of a listing."""

    devices = forms.IntegerField(label=_("Devices"), min_value=1)
    ask = YuanField(label=_("Ask"))

    def __init__(self, data: Any, *, listing: Listing) -> None:
        """Show the listing as it stands."""
        self.listing = listing
        shown = {"devices": str(listing.devices), "ask": plain_yuan(listing.ask_micros)}
        super().__init__(data, shown=shown, version=listing.version)

    @property
    def figures(self) -> ListingFigures:
        """Return the listing's figures as they would be."""
        return ListingFigures(
            devices=self.kept("devices", self.listing.devices),
            ask_micros=self.kept("ask", self.listing.ask_micros),
        )


def shown_order(order: Order) -> dict[str, str]:
    """Return an order's figures as the form shows them."""
    compute = Decimal(order.amount) / GFLOPS_PER_PFLOPS
    return {
        "amount": str(order.amount) if order.unit == "DEVICES" else f"{compute.normalize():f}",
        "limit": plain_yuan(order.limit_micros),
        "budget": "" if order.budget_micros is None else plain_yuan(order.budget_micros),
        "expires": _minute(order.expires_at),
    }


def _minute(at: datetime | None) -> str:
    return "" if at is None else str(ShanghaiField().prepare_value(at))


def differing(before: Any, after: Any) -> dict[str, Any]:
    """Return the figures that differ, by name."""
    return {name: value for name, value in vars(after).items() if value != vars(before)[name]}
