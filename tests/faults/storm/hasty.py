"""The control of the storm: an engine that answers before it commits, and sometimes never does."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from marketplace.actions.market import Market
from marketplace.domain.entry import Answer
from marketplace.engine import process

LOSES_PERCENT = 20


class HastyMarket(Market):
    """Loses a turn in five after it has answered it."""

    def take_turn(self, *told: Any, **more: Any) -> list[Answer]:
        """Answer, and lose what was answered."""
        with transaction.atomic():
            answers = super().take_turn(*told, **more)
            lost = _names_somebody(told[0]) and random.randrange(100) < LOSES_PERCENT
            transaction.set_rollback(lost)
        if lost:
            self.loaded = False
        return answers


def _names_somebody(asked: Sequence[Any]) -> bool:
    return any(hasattr(entry, "member") for entry in asked)


def main() -> None:
    """Run the engine with that market in the place of the true one."""
    process.Market = HastyMarket  # type: ignore[misc]
    raise SystemExit(process.run(Path(settings.ENGINE_SOCKET)))
