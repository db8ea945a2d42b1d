"""Figures as people read them: money, prices, quantities, instants."""

from datetime import datetime

from django import template
from django.utils import translation

from exchange.units import GFLOPS_PER_PFLOPS, MICROS_PER_FEN, half_even_div
from exchange.window import MARKET_ZONE

register = template.Library()


def _chinese() -> bool:
    return (translation.get_language() or "en").startswith("zh")


@register.filter
def yuan(amount_micros: int | None) -> str:
    """Return money in yuan with two places and thousands: `1,234.50`; none is a dash."""
    if amount_micros is None:
        return "–"
    fen = half_even_div(amount_micros, MICROS_PER_FEN)
    sign, fen = ("−", -fen) if fen < 0 else ("", fen)
    return f"{sign}{fen // 100:,}.{fen % 100:02d}"


@register.filter
def money(amount_micros: int | None) -> str:
    """Return money with its unit: `¥ 1,234.50`, in Chinese `1,234.50 元`."""
    if amount_micros is None:
        return "–"
    figure = yuan(amount_micros)
    return f"{figure}\u00a0元" if _chinese() else f"¥\u00a0{figure}"


@register.filter
def pflops(gflops: int | None) -> str:
    """Return GFLOPS as PFLOPS with up to three places."""
    if gflops is None:
        return "–"
    text = f"{gflops // GFLOPS_PER_PFLOPS:,}.{gflops % GFLOPS_PER_PFLOPS // 1000:03d}"
    return text.rstrip("0").rstrip(".")


@register.filter
def percent(basis_points: int | None) -> str:
    """Return basis points as a percentage with one place: `38.4 %`."""
    if basis_points is None:
        return "–"
    tenths = half_even_div(basis_points, 10)
    sign = "−" if tenths < 0 else ""
    return f"{sign}{abs(tenths) // 10}.{abs(tenths) % 10}\u00a0%"


@register.filter
def whole(number: int | None) -> str:
    """Return a whole number with thousands separators; none is a dash."""
    return "–" if number is None else f"{number:,}".replace("-", "−")


@register.filter
def instant(value: datetime | None) -> str:
    """Return an instant in Asia/Shanghai: `Thu 26 Nov 03:00`, `11月26日（周四）03:00`."""
    if value is None:
        return "–"
    local = value.astimezone(MARKET_ZONE)
    if _chinese():
        day = "一二三四五六日"[local.weekday()]
        return f"{local.month}月{local.day}日（周{day}）{local:%H:%M}"
    return f"{local:%a} {local.day} {local:%b %H:%M}"


@register.filter
def ms(microseconds: int | None) -> str:
    """Return a round-trip time in milliseconds, one place."""
    if microseconds is None:
        return "–"
    tenths = half_even_div(microseconds, 100)
    return f"{tenths // 10}.{tenths % 10}"
