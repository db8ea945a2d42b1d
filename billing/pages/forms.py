"""Shapes of what the cashier is asked."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.pages.words import CARDS


class AmountForm(forms.Form):
    """An amount in yuan, with at most eight digits."""

    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.01"),
        max_value=Decimal("999999.99"),
        decimal_places=2,
        max_digits=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    @property
    def amount_fen(self) -> int:
        """The amount in whole fen."""
        return int(self.cleaned_data["amount"].scaleb(2))


class WithdrawForm(AmountForm):
    """An amount and the key under which it is asked once."""

    key = forms.CharField(max_length=40, widget=forms.HiddenInput)


class DepositForm(WithdrawForm):
    """A deposit by one of the sandbox's test cards."""

    card = forms.ChoiceField(label=_("Test card"), choices=CARDS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["card"].initial = CARDS[0][0]
