"""An order as the answers of the request form: to change one and ask again."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from counter.fields import ShanghaiField
from counter.templatetags.figures import pflops, plain_yuan
from marketplace.models import Order


def answers_of(order: Order) -> dict[str, Any]:
    """Return the form's answers that would ask for what the order still wants."""
    rest = order.amount - order.filled
    devices = order.unit == "DEVICES"
    shown = ShanghaiField().prepare_value
    pue = order.max_pue_thousandths
    return {
        "amount": str(rest) if devices else pflops(rest).replace(",", ""),
        "unit": order.unit,
        "hours": str(order.hours),
        "earliest": shown(order.earliest),
        "latest": shown(order.latest),
        "city": order.city.code if order.city else "",
        "rtt": "" if order.max_rtt_us is None else str(-(-order.max_rtt_us // 1000)),
        "families": order.families_allowed,
        "stack": order.stack,
        "memory": str(order.min_memory_gb or ""),
        "workload": order.workload_class,
        "scale_up": str(order.min_scale_up_gbs or ""),
        "scale_out": str(order.min_scale_out_gbps or ""),
        "link": str(order.link_gbps or ""),
        "move": str(order.move_gb or ""),
        "recallable": "on" if "RECALLABLE" in order.firmness else "",
        "carbon": str(order.max_carbon_g_per_kwh or ""),
        "split": "on" if order.splittable else "",
        "lot": str(order.min_lot_devices) if order.splittable else "",
        "pue": "" if pue is None else f"{pue // 1000}.{pue % 1000:03d}",
        "until": order.time_in_force,
        "expires": shown(order.expires_at) if order.time_in_force == "GTD" else "",
        "self_trade": order.self_trade,
        "limit": plain_yuan(order.limit_micros),
    }


def ask_again(order: Order, **changes: Any) -> str:
    """Return the address of the Request page with the order's answers and some changed."""
    shown = ShanghaiField().prepare_value
    answers = answers_of(order) | {name: shown(value) for name, value in changes.items()}
    kept = {name: value for name, value in answers.items() if value not in ("", [])}
    if "rtt" not in kept:
        kept["rtt"] = ""
    return f"{reverse('marketplace:request')}?{urlencode(kept, doseq=True)}"
