"""One market in one database, reached through three roles."""

from typing import Any

from django.db.models import Model


class OneMarketRouter:
    """Lets rows read through one role relate to rows of another: it is one database."""

    def allow_relation(self, _left: Model, _right: Model, **_hints: Any) -> bool:
        """Allow every relation; the aliases differ in rights, not in data."""
        return True
