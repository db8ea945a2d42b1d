"""Connectors by their key in settings."""

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from delivery.adapters.connector import Connector, ConnectorFailed


@lru_cache(maxsize=16)
def connector_named(key: str) -> Connector:
    """Return the connector that settings name by `key`; ConnectorFailed when there is none."""
    path = settings.CONNECTORS.get(key)
    if path is None:
        msg = f"no connector is named {key}"
        raise ConnectorFailed(msg)
    connector: Connector = import_string(path)()
    return connector
