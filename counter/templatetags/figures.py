"""Figures as people read them: money, prices, quantities, instants."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import translation

from exchange.units import GFLOPS_PER_PFLOPS, MICROS_PER_FEN, MICROS_PER_YUAN, half_even_div
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
def plain_yuan(amount_micros: int) -> str:
    """Return money as a form field takes it: `1234.50`."""
    fen = half_even_div(amount_micros, MICROS_PER_FEN)
    return f"{fen // 100}.{fen % 100:02d}"


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
def short_pflops(gflops: int | None) -> str:
    """Return GFLOPS as PFLOPS for a glance: whole from ten on, else one place, never 0 for some."""
    if gflops is None:
        return "–"
    if gflops >= 10 * GFLOPS_PER_PFLOPS:
        return whole(half_even_div(gflops, GFLOPS_PER_PFLOPS))
    if 0 < gflops < GFLOPS_PER_PFLOPS // 10:
        return "< 0.1"
    tenths = half_even_div(gflops * 10, GFLOPS_PER_PFLOPS)
    return f"{tenths // 10}.{tenths % 10}"


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
def time_of(value: datetime | None) -> str:
    """Return the time of day in Asia/Shanghai: `03:00`."""
    return "–" if value is None else f"{value.astimezone(MARKET_ZONE):%H:%M}"


@register.filter
def stamp(value: datetime | None) -> str:
    """Return the time of day to the millisecond: `10:38:12.071`."""
    if value is None:
        return "–"
    local = value.astimezone(MARKET_ZONE)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


@register.filter
def day_of(value: datetime | date | None) -> str:
    """Return the day in Asia/Shanghai: `26 Nov`, `11月26日`."""
    if value is None:
        return "–"
    local = value.astimezone(MARKET_ZONE) if isinstance(value, datetime) else value
    return f"{local.month}月{local.day}日" if _chinese() else f"{local.day} {local:%b}"


@register.filter
def full_day(value: datetime | date | None) -> str:
    """Return the day with weekday and year: `Mon 23 Nov 2026`, `2026年11月23日 周一`."""
    if value is None:
        return "–"
    local = value.astimezone(MARKET_ZONE) if isinstance(value, datetime) else value
    if _chinese():
        return f"{local.year}年{day_of(local)} 周{'一二三四五六日'[local.weekday()]}"
    return f"{local:%a} {local.day} {local:%b %Y}"


@register.filter
def until(start: datetime | None, end: datetime | None) -> str:
    """Return a half-open window: `26 Nov 02:00–03:00`, over days `26 Nov 22:00 – 27 Nov 06:00`."""
    if start is None or end is None:
        return "–"
    same_day = start.astimezone(MARKET_ZONE).date() == end.astimezone(MARKET_ZONE).date()
    if same_day:
        return f"{day_of(start)} {time_of(start)}–{time_of(end)}"
    return f"{day_of(start)} {time_of(start)} – {day_of(end)} {time_of(end)}"


@register.filter
def tenths_unsigned(basis_points: int | None) -> str:
    """Return basis points without sign as a figure with one place; the arrow says the sign."""
    if basis_points is None:
        return "–"
    tenths = half_even_div(abs(basis_points), 10)
    return f"{tenths // 10}.{tenths % 10}"


@register.filter
def ms(microseconds: int | None) -> str:
    """Return a round-trip time in milliseconds, one place."""
    if microseconds is None:
        return "–"
    tenths = half_even_div(microseconds, 100)
    return f"{tenths // 10}.{tenths % 10}"


@register.filter
def named(thing: Any) -> str:
    """Return a place's or member's name in the reader's language."""
    if thing is None:
        return "–"
    chinese = getattr(thing, "name_zh", "") if _chinese() else ""
    return chinese or str(getattr(thing, "name", thing))


@register.filter
def to_percent(basis_points: int | None) -> int:
    """Return basis points as whole percent, 0 to 100: the width of a bar."""
    return min(100, max(0, (basis_points or 0) // 100))


@register.filter
def round_money(amount_micros: int | None) -> str:
    """Return a summary's money: `¥ 8.42 million`, in Chinese `842 万元`; small sums in full."""
    if amount_micros is None:
        return "–"
    yuan_whole = amount_micros // MICROS_PER_YUAN
    if _chinese():
        if yuan_whole < 10_000:
            return money(amount_micros)
        return f"{yuan_whole // 10_000:,}\u00a0万元"
    if yuan_whole < 1_000_000:
        return f"¥\u00a0{yuan_whole:,}"
    hundredths = yuan_whole // 10_000
    return f"¥\u00a0{hundredths // 100:,}.{hundredths % 100:02d}\u00a0million"


@register.filter
def per_p_hour(trade: Any) -> int:
    """Return a trade's or listing's price per PFLOPS-hour in micros, for display."""
    price: int = getattr(trade, "price_micros", 0) or trade.ask_micros
    return half_even_div(price * GFLOPS_PER_PFLOPS, trade.gflops_per_device)


@register.filter
def or_dash(number: int | None) -> int | None:
    """Return None for zero, so that "no figure" prints as a dash."""
    return number or None
