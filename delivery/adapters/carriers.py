"""The ways to carriers, by their key in settings."""

from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from delivery.adapters.carrier import Carrier
from delivery.adapters.connector import ConnectorFailed


@lru_cache(maxsize=16)
def carrier_named(key: str) -> Carrier:
    """Return the way that settings name by `key`; ConnectorFailed when there is none."""
    path = settings.CARRIERS.get(key)
    if path is None:
        msg = f"no carrier is named {key}"
        raise ConnectorFailed(msg)
    carrier: Carrier = import_string(path)()
    return carrier
