"""What an open auction would come to, as a page shows it: the places that would sell most."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language

from marketplace.models import Auction
from marketplace.queries.auctions import indications_of, names_of_places

MOST_ROWS = 12


@dataclass(frozen=True)
class Indicated:
    """One node: what stands there, the range of its hourly prices, and what would be sold."""

    chip: str
    zone: str
    lowest_micros: int
    highest_micros: int
    device_hours: int


def indicated(row: Auction) -> dict[str, Any]:
    """Return the newest indication with its rows; nothing before the first."""
    told = indications_of(row).first()
    if told is None:
        return {}
    chips, zones = names_of_places(chinese=(get_language() or "").startswith("zh"))
    busiest = sorted(told.device_hours.items(), key=lambda one: (-one[1], one[0]))[:MOST_ROWS]
    rows = [
        Indicated(
            chip=chips.get(told.nodes[node]["chip"], told.nodes[node]["chip"]),
            zone=zones.get(told.nodes[node]["zone"], told.nodes[node]["zone"]),
            lowest_micros=min(told.prices[node]),
            highest_micros=max(told.prices[node]),
            device_hours=device_hours,
        )
        for node, device_hours in busiest
    ]
    return {"indication": told, "indicated": rows}
