"""One station of a trade's life."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Step:
    """One station; `kind` is ok when it happened, warn when it failed, next when it has not."""

    kind: str
    title: str
    actor: str = ""
    at: datetime | None = None
    text: str = ""
    document: str = ""
    href: str = ""
    hash: str = ""
