"""A curve typed as lines: a price in yuan and an amount in each."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from counter.templatetags.figures import plain_yuan

MICROS = 1_000_000
MOST_LINES = 50
NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")


class CurveField(forms.CharField):
    """Lines of price and amount, kept as pairs of micros and millionths of the unit.

    `whole`: amounts are counted and kept as they are.
    """

    def __init__(self, *, whole: bool = False, **options: Any) -> None:
        self.whole = whole
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        super().__init__(widget=widget, max_length=4000, **options)

    def clean(self, value: Any) -> Any:
        """Return the pairs; none for no text. Refuse a line that is no price and amount."""
        text = super().clean(value)
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise forms.ValidationError(
                _("Write at most %(most)s lines."), params={"most": MOST_LINES}, code="many"
            )
        return [self._pair(line) for line in lines] or None

    def _pair(self, line: str) -> tuple[int, int]:
        pair = _micros(line, 1 if self.whole else MICROS)
        if pair is None:
            raise forms.ValidationError(
                _("“%(line)s” is no price and amount: write them with a space between."),
                params={"line": line[:40]},
                code="invalid",
            )
        return pair


def _micros(line: str, scale: int) -> tuple[int, int] | None:
    """Return a line's price in micros and its amount, scaled; None for anything else."""
    parts = line.replace(",", "").split()
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):
        return None
    price, amount = Decimal(parts[0]) * MICROS, Decimal(parts[1]) * scale
    return None if price % 1 or amount % 1 else (int(price), int(amount))


def curve_text(steps: Any, *, compute: bool = False) -> str:
    """Return a curve as the field takes it; compute counts in whole GFLOPS."""
    lines = []
    for price, amount in steps:
        said = f"{Decimal(amount) / MICROS:f}" if compute else str(amount)
        lines.append(f"{plain_yuan(price)} {said}")
    return "\n".join(lines)


def hundredths(basis_points: int) -> str:
    """Return a share as a per cent field takes it; empty for none."""
    return f"{basis_points // 100}.{basis_points % 100:02d}" if basis_points else ""
