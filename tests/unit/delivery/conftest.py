"""What delivery's tests share: a world, and sites that work."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from delivery.adapters.connectors import connector_named
from delivery.adapters.process.connector import ProcessConnector
from delivery.adapters.signatures import _site_key
from tests.unit.delivery.story import NO_TROUBLE
from tests.world import World
from timetable.actions import step_to
from timetable.queries import wall_now


@pytest.fixture
def world(db: None, settings: Any, tmp_path: Path) -> World:
    """The tiny market at rest, whatever the day; state of sites in a folder of the test's own."""
    settings.SIMULATED_SITES = dict(NO_TROUBLE)
    settings.SIMULATED_CARRIERS = {}
    settings.VAR_DIR = tmp_path
    connector_named.cache_clear()
    _site_key.cache_clear()
    world = World()
    step_to(market_at=world.now, reason="test", wall=wall_now())
    return world


@pytest.fixture
def site(settings: Any, tmp_path: Path) -> Iterator[ProcessConnector]:
    settings.VAR_DIR = tmp_path
    settings.PROCESS_UNISOLATED = True
    site = ProcessConnector()
    yield site
    for name in site.inventory():
        site.release(name)
