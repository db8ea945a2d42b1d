"""What delivery's tests share: a world, and sites that work."""

from pathlib import Path
from typing import Any

import pytest

from delivery.adapters.connectors import connector_named
from delivery.adapters.signatures import _site_key
from tests.unit.delivery.story import NO_TROUBLE
from tests.world import World


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    """The tiny market; state of sites in a folder of the test's own."""
    settings.SIMULATED_SITES = dict(NO_TROUBLE)
    settings.VAR_DIR = tmp_path
    connector_named.cache_clear()
    _site_key.cache_clear()
    return World()
