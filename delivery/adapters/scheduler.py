"""How a site's own scheduler is asked, whatever its make: one call, nothing is changed there."""

import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from delivery.domain.cluster import ClusterView


class SchedulerSilent(Exception):
    """The scheduler did not answer, or what it said cannot be read."""


@dataclass(frozen=True)
class SchedulerPlace:
    """Where a site's scheduler is asked: which reader, its options, and pool code → partition."""

    site_code: str
    reader: str
    options: dict[str, Any] = field(default_factory=dict)
    partitions: dict[str, str] = field(default_factory=dict)

    def partition_of(self, pool_code: str) -> str:
        """Return the pool's partition; its own code where the file names none."""
        return self.partitions.get(pool_code, pool_code)


class SchedulerReader(Protocol):
    """Reads a scheduler: partitions, nodes, running work, the queue and history."""

    def read(self, place: SchedulerPlace, *, since: datetime, now: datetime) -> ClusterView:
        """Return the cluster now and its work since then; raises SchedulerSilent."""


@lru_cache(maxsize=16)
def reader_named(key: str) -> SchedulerReader:
    """Return the reader that settings name by `key`; SchedulerSilent when there is none."""
    path = settings.SCHEDULERS.get(key)
    if path is None:
        msg = f"no scheduler reader is named {key}"
        raise SchedulerSilent(msg)
    reader: SchedulerReader = import_string(path)()
    return reader


def place_of_site(site_code: str, connectors: set[str]) -> SchedulerPlace | None:
    """Return where the site's scheduler is asked; None where nobody said.

    A table of the schedulers' file comes first. A site whose pools are all simulated has the
    simulated scheduler.
    """
    table = _tables(settings.SCHEDULERS_FILE).get(site_code)
    if table is not None:
        options = {
            key: value for key, value in table.items() if key not in {"reader", "partitions"}
        }
        return SchedulerPlace(site_code, str(table["reader"]), options, table.get("partitions", {}))
    if connectors == {"simulated"} and "simulated" in settings.SCHEDULERS:
        return SchedulerPlace(site_code, "simulated")
    return None


@lru_cache(maxsize=4)
def _tables(file: str) -> dict[str, Any]:
    """Read the schedulers' file: one table a site; refuses a table without a reader."""
    if not file:
        return {}
    tables = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    for site, table in tables.items():
        if not isinstance(table, dict) or table.get("reader") not in settings.SCHEDULERS:
            known = ", ".join(sorted(settings.SCHEDULERS))
            msg = f"{file}: {site} needs a table with reader = one of {known}"
            raise ImproperlyConfigured(msg)
    return tables
