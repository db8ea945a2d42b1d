"""A small day with every kind of order, and an outcome in which nothing is wrong."""

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FOLDER = Path(__file__).parents[3] / "golden" / "small_day"


def good() -> tuple[Json, Json]:
    """Return book and outcome, to be changed at will."""
    book, outcome = (
        json.loads((FOLDER / f"{name}.json").read_text()) for name in ("book", "outcome")
    )
    return book, outcome
