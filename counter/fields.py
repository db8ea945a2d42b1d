"""Form fields of the market: minutes in Asia/Shanghai, yuan, petaflops. No floats."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from exchange.window import MARKET_ZONE

MINUTE = "%Y-%m-%dT%H:%M"


class ShanghaiField(forms.Field):
    """An instant, typed and shown as date and minute in Asia/Shanghai, kept in UTC."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        """Return the instant in UTC; refuse what is no date and time."""
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        try:
            local = datetime.strptime(str(value)[:16], MINUTE).replace(tzinfo=MARKET_ZONE)
        except ValueError:
            raise forms.ValidationError(_("Write a date and a time."), code="invalid") from None
        return local.astimezone(UTC)

    def prepare_value(self, value: Any) -> Any:
        """Return the text for the control."""
        if isinstance(value, datetime):
            return value.astimezone(MARKET_ZONE).strftime(MINUTE)
        return value


class ScaledField(forms.DecimalField):
    """A decimal that becomes whole units: yuan to micros (scale 6, 2 places shown)."""

    def __init__(self, *, scale: int, **options: Any) -> None:
        self.factor = 10**scale
        options.setdefault("min_value", Decimal(0))
        super().__init__(**options)

    def clean(self, value: Any) -> Any:
        """Return whole units; None where nothing was written."""
        number = super().clean(str(value).replace(",", "") if value else value)
        return None if number is None else int(number * self.factor)


class YuanField(ScaledField):
    """Money typed in yuan with two places, kept in micros."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal"}))
        super().__init__(scale=6, decimal_places=2, max_digits=14, **options)
