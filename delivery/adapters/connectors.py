"""Connectors by their key in settings."""

from contextlib import suppress
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from delivery.adapters.connector import Connector, ConnectorFailed, HasDoors, StagesData


@lru_cache(maxsize=16)
def connector_named(key: str) -> Connector:
    """Return the connector that settings name by `key`; ConnectorFailed when there is none."""
    entry = settings.CONNECTORS.get(key)
    if entry is None:
        msg = f"no connector is named {key}"
        raise ConnectorFailed(msg)
    # A class alone, or a class with a centre's own options.
    path, options = (entry, {}) if isinstance(entry, str) else entry
    connector: Connector = import_string(path)(**options)
    return connector


def keys_with_doors() -> frozenset[str]:
    """Return the connectors whose jobs can be entered; those that settings get wrong have none."""
    found = set()
    for key in settings.CONNECTORS:
        with suppress(ConnectorFailed):
            if isinstance(connector_named(key), HasDoors):
                found.add(key)
    return frozenset(found)


def centres_by_kind() -> dict[str, list[str]]:
    """Return the names of the connectors file's tables, by kind: slurm, kubernetes."""
    found: dict[str, list[str]] = {}
    for key, entry in settings.CONNECTORS.items():
        if not isinstance(entry, str):
            # A kind is the package below the adapters that its class is in.
            kind = entry[0].split(".")[2]
            found.setdefault(kind, []).append(key)
    return found


def keys_with_shells() -> frozenset[str]:
    """Return the connectors whose jobs give people a shell."""
    return frozenset(
        key for key in keys_with_doors() if getattr(connector_named(key), "gives_shells", False)
    )


def takes_data(key: str) -> bool:
    """Tell whether data can be brought to the connector's sites; not where settings are wrong."""
    try:
        site = connector_named(key)
    except ConnectorFailed:
        return False
    return isinstance(site, StagesData) and site.takes_data
