"""The table that a journey prints, and the file that a program can check."""

import json
from pathlib import Path
from typing import Any

from counter.templatetags.figures import yuan
from exchange.units import MICROS_PER_FEN

NARROW = 28


def table_of(figures: dict[str, Any]) -> str:
    """Return the day's figures as lines of text."""
    lines = ["", "One market day"]

    def row(label: str, value: object) -> None:
        lines.append(f"  {label:<{NARROW}} {value}")

    row("listings", f"{figures['listings']:,}")
    row("orders", f"{figures['orders']:,}")
    row("  filled", f"{figures['filled']:,}")
    row("  partly filled", f"{figures['partly_filled']:,}")
    row("  unfilled", f"{figures['unfilled']:,}")
    for reason, count in figures["unfilled_by_reason"].items():
        row(f"    {reason}", f"{count:,}")
    row("trades", f"{figures['trades']:,}")
    row("device-hours sold", f"{figures['device_hours_sold']:,}")
    for chip in figures["price_by_chip"]:
        row(
            f"  {chip['chip']}",
            f"{chip['device_hours']:>7,} device-hours at "
            f"¥ {yuan(chip['micros_per_device_hour'])} "
            f"(¥ {yuan(chip['micros_per_pflops_hour'])} per P-hour)",
        )
    row("allocations", f"{figures['allocations']:,}")
    for state, count in figures["allocations_by_state"].items():
        row(f"  {state.lower()}", f"{count:,}")
    row("  on the process connector", f"{figures['allocations_on_process']:,}")
    row("real jobs run", f"{figures['jobs_run']:,}")
    row("readings", f"{figures['readings']:,}")
    row("hours settled", f"{figures['settlements']:,}")
    row("settled", f"¥ {yuan(figures['settled_micros'])} net")
    row("damages", f"¥ {yuan(figures['damages_micros'])}")
    row("exchange's fee", f"¥ {yuan(figures['fee_micros'])} net")
    row(
        "invoiced",
        f"¥ {yuan(figures['invoiced_fen'] * MICROS_PER_FEN)} in {figures['invoices']:,} invoices",
    )
    row(
        "payable",
        f"¥ {yuan(figures['payable_fen'] * MICROS_PER_FEN)} to {figures['payouts']:,} payouts",
    )
    ratio = figures["utilisation_bp"]
    for label, key in (("compute utilisation", ""), ("  of pools that sold", "sellers_")):
        before, after = ratio[f"{key}before"], ratio[f"{key}after"]
        row(label, f"{before / 100:.2f} % before, {after / 100:.2f} % after")
    return "\n".join(lines)


def write_report(path: Path, report: dict[str, Any]) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False, default=str) + "\n")
