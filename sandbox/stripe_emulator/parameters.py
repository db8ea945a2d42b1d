"""Parameters: form encoding with brackets, and only those that Stripe knows."""

from typing import Any
from urllib.parse import parse_qsl

from sandbox.stripe_emulator.problems import invalid

LISTING = {"limit", "starting_after", "ending_before", "created", "expand"}
KNOWN: dict[str, set[str]] = {
    "POST payment_intents": {
        "amount",
        "currency",
        "automatic_payment_methods",
        "confirm",
        "description",
        "expand",
        "metadata",
        "payment_method",
        "payment_method_types",
        "receipt_email",
        "return_url",
        "statement_descriptor_suffix",
    },
    "POST payment_intents/*/confirm": {"payment_method", "return_url", "expand"},
    "POST payment_intents/*/cancel": {"cancellation_reason", "expand"},
    "GET payment_intents/*": {"expand", "client_secret"},
    "GET payment_intents": LISTING,
    "POST refunds": {"payment_intent", "charge", "amount", "reason", "metadata", "expand"},
    "GET refunds/*": {"expand"},
    "GET refunds": LISTING | {"payment_intent"},
    "GET events/*": {"expand"},
    "GET events": LISTING | {"type", "types"},
    "GET balance": {"expand"},
}


def parse(text: str) -> dict[str, Any]:
    """Return `a[b]=c` as nested names; lists (`a[0]=c`) come as names of their places."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        parts = name.replace("]", "").split("[")
        place = found
        for part in parts[:-1]:
            place = place.setdefault(part, {})
        place[parts[-1]] = value
    return found


def refuse_unknown(route: str, parameters: dict[str, Any]) -> None:
    """Refuse parameters that the route does not know, by name."""
    for name in parameters:
        if name not in KNOWN[route]:
            raise invalid(
                f"Received unknown parameter: {name}", param=name, code="parameter_unknown"
            )


def whole(parameters: dict[str, Any], name: str) -> int:
    """Return a positive whole number; refuse anything else, and more than eight digits."""
    text = str(parameters.get(name, ""))
    if not text:
        raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    if not text.isdecimal() or int(text) < 1:
        raise invalid(f"Invalid integer: {text}", param=name, code="parameter_invalid_integer")
    if len(text.lstrip("0")) > 8:
        raise invalid("Amount must be no more than 99999999", param=name, code="amount_too_large")
    return int(text)
