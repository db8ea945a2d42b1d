"""Price lists: public price per device-hour as asks for our chip models."""

import csv
from dataclasses import dataclass
from pathlib import Path

from exchange.units import MICROS_PER_YUAN, TICK_MICROS
from sandbox.traces.read import opened

# Level of 2025; price lists in dollars are turned into yuan by it.
CNY_PER_USD_PERCENT = 710
# Spellings of public price lists, lower case, longest match first.
CHIP_SPELLINGS = (
    ("h100", "h100-sxm"),
    ("h200", "h200-sxm"),
    ("a100-40", "a100-sxm-40"),
    ("a100-sxm-40", "a100-sxm-40"),
    ("a100", "a100-sxm-80"),
    ("l40s", "l40s"),
    ("a10g", "a10g"),
    ("v100", "v100-sxm-32"),
    ("rtx4090", "rtx4090"),
    ("rtx5090", "rtx5090"),
    ("a40", "a40"),
    ("a10", "a10"),
    ("l4", "l4"),
    ("t4", "t4"),
)


@dataclass(frozen=True)
class PricedOffer:
    """One line of a price list: a chip of ours, devices, ask in micros per device-hour."""

    source_id: str
    chip: str
    devices: int
    ask_micros: int


def chip_of(spelling: str) -> str | None:
    """Return our chip's code for a price list's spelling; None when we do not trade it."""
    plain = spelling.lower().replace("nvidia ", "").replace("tesla ", "").replace(" ", "-")
    for theirs, ours in CHIP_SPELLINGS:
        if plain == theirs or plain.startswith(f"{theirs}-"):
            return ours
    return None


def ask_of(price: str, currency: str) -> int:
    """Return a listed price as an ask on the tick, in micros per device-hour."""
    cny_millis = round(float(price) * 1000)
    if currency == "USD":
        cny_millis = cny_millis * CNY_PER_USD_PERCENT // 100
    micros = cny_millis * (MICROS_PER_YUAN // 1000)
    return max(TICK_MICROS, micros // TICK_MICROS * TICK_MICROS)


def read_prices(path: Path) -> tuple[list[PricedOffer], int]:
    """Return the offers for chips that we trade, and how many lines were passed over."""
    offers, passed_over = [], 0
    with opened(path) as file:
        for row in csv.DictReader(file):
            chip = chip_of(row["gpu_model"])
            if chip is None or not row["price_per_gpu_hour"]:
                passed_over += 1
                continue
            offers.append(
                PricedOffer(
                    source_id=row["listing_id"],
                    chip=chip,
                    devices=max(1, int(float(row["count"] or 1))),
                    ask_micros=ask_of(row["price_per_gpu_hour"], row["currency"]),
                )
            )
    return offers, passed_over
