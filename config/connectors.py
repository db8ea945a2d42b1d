"""Sites that are connected by a file: one table a connector, whose name pools give."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

# The class behind each `kind`.
KINDS = {
    "slurm": "delivery.adapters.slurm.connector.SlurmConnector",
    "kubernetes": "delivery.adapters.kubernetes.connector.KubernetesConnector",
}
KEY = re.compile(r"[a-z][a-z0-9-]{0,19}")
TAKEN = {"agent", "process", "simulated"}

Named = tuple[str, Mapping[str, object]]


def connectors_from(path: str) -> dict[str, Named]:
    """Return class and options of each table; ImproperlyConfigured names table and field."""
    if not path:
        return {}
    try:
        tables = tomllib.loads(Path(path).read_text())
    except (OSError, ValueError) as failure:
        msg = f"CONNECTORS_FILE {path}: {failure}"
        raise ImproperlyConfigured(msg) from failure
    return {key: _named(path, key, table) for key, table in tables.items()}


def _named(path: str, key: str, table: object) -> Named:
    if not KEY.fullmatch(key) or key in TAKEN:
        msg = f"{path}: [{key}]: a name has 1 to 20 of a-z, 0-9 and -, and is not taken"
        raise ImproperlyConfigured(msg)
    if not isinstance(table, dict) or table.get("kind") not in KINDS:
        msg = f"{path}: [{key}]: kind is one of {', '.join(KINDS)}"
        raise ImproperlyConfigured(msg)
    return KINDS[table["kind"]], {name: value for name, value in table.items() if name != "kind"}
