"""Tags for the frame and the components."""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import QueryDict
from django.utils.safestring import SafeString

from counter.context import address_of

register = template.Library()


@register.simple_tag
def address(view: str, *args: Any) -> str:
    """Return the address of a view; empty while no room defines it."""
    return address_of(view, *args)


@register.filter
def control(field: BoundField, extra: str = "") -> SafeString:
    """Return a form field's control with the house's class; `extra` adds classes."""
    plain = isinstance(field.field.widget, CheckboxInput | CheckboxSelectMultiple | RadioSelect)
    classes = f"{'' if plain else 'in'} {extra}".strip()
    given = field.field.widget.attrs.get("class", "")
    attrs: dict[str, str | bool] = {}
    if classes or given:
        attrs["class"] = f"{given} {classes}".strip()
    return field.as_widget(attrs=attrs)


@register.filter
def is_check(field: BoundField) -> bool:
    """Tell whether the field is one box to tick."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def initial_letter(name: str) -> str:
    """Return the first character of a name, as the member's round mark."""
    return name[:1].upper()


@register.filter
def span_of(values: list[int], points: str = "96x28") -> str:
    """Return the path of a sparkline over `values` in a box of `points` (WxH)."""
    if len(values) < 2:
        return ""
    wide, high = (int(part) for part in points.split("x"))
    low, top = min(values), max(values)
    scale = (top - low) or 1
    steps = len(values) - 1
    dots = (
        f"{wide * 10 * index // steps / 10:.1f} {2 + (high - 4) * (top - value) / scale:.1f}"
        for index, value in enumerate(values)
    )
    return "M" + " L".join(dots)


@dataclass(frozen=True)
class Sorting:
    """How a column head links: what a click sorts by, and what is sorted now."""

    next: str
    aria: str = ""
    arrow: str = ""


@register.simple_tag(takes_context=True)
def sorting(context: template.Context, key: str) -> Sorting:
    """Return how the column `key` is sorted now and what a click would do."""
    request = context.get("request")
    now = request.GET.get("sort", "") if request else ""
    if key and now == key:
        return Sorting(f"-{key}", "ascending", "↑")
    if now == f"-{key}":
        return Sorting(key, "descending", "↓")
    return Sorting(key)


@register.simple_tag(takes_context=True)
def here(context: template.Context, **changes: Any) -> str:
    """Return this page's query with some answers changed; None takes one away."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.filter
def drawing(data_uri: str) -> SafeString:
    """Return the SVG inside a data address of our own making, drawn in place.

    The content security policy refuses data addresses; the QR code of a second factor
    comes as one.
    """
    head, _, body = str(data_uri).partition(",")
    if not head.startswith("data:image/svg+xml"):
        return SafeString("")
    text = b64decode(body).decode() if head.endswith(";base64") else unquote(body)
    return SafeString(text[text.index("<svg") :])
