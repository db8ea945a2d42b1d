"""A flat document of frozen terms: canonical JSON, and its hash."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class FlatTerms:
    """Names to whole numbers, texts, instants or None: the database recomputes its hash too."""

    INSTANTS: ClassVar = ("starts_at", "ends_at")
    # Left out where they say nothing: documents without them keep their hash.
    OPTIONAL: ClassVar[tuple[str, ...]] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the flat document that is stored: instants as ISO texts in UTC."""
        said = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}
        return {name: fact for name, fact in said.items() if fact or name not in self.OPTIONAL}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read a stored document back; raises TypeError when it is of another form."""
        instants = {name: datetime.fromisoformat(document[name]) for name in cls.INSTANTS}
        return cls(**{**document, **instants})

    @property
    def canonical(self) -> str:
        """The one text that is hashed: keys sorted, no spaces, UTF-8."""
        return json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def sha256(self) -> str:
        """What the parties sign."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
