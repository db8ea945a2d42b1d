"""Read the seed's CSV tables: whole numbers become ints, empty cells None."""

import csv
from pathlib import Path

HERE = Path(__file__).resolve().parent
Row = dict[str, str | int | None]


def _value(text: str) -> str | int | None:
    if text == "":
        return None
    return int(text) if text.lstrip("-").isdigit() and not text.startswith("0") else text


def table(name: str) -> list[Row]:
    """Return the rows of `<name>.csv`, in file order."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [
            {key: 0 if text == "0" else _value(text) for key, text in row.items()}
            for row in csv.DictReader(file)
        ]
