"""Engines with a guard taken out: the controls of the storm, which must be found out."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from marketplace.actions.market import Market
from marketplace.domain.entry import Answer
from marketplace.engine import process


class HastyMarket(Market):
    """Answers before it commits: a turn becomes durable when the next one begins."""

    def take_turn(self, *told: Any, **more: Any) -> list[Answer]:
        """Commit the turn before, and leave this one open."""
        if connection.get_autocommit():
            transaction.set_autocommit(False)
        else:
            connection.commit()
        return super().take_turn(*told, **more)

    def _turn(self, *told: Any, commits: bool, **more: Any) -> list[Answer]:
        return super()._turn(*told, commits=False, **more)


def hasty() -> None:
    """Run the engine with that market in the place of the true one."""
    process.Market = HastyMarket  # type: ignore[misc]
    raise SystemExit(process.run(Path(settings.ENGINE_SOCKET)))
