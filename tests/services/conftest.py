"""Checkouts for the tests of the servers' life."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.checkout import Checkout


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """A checkout whose folder every account can reach."""
    folder = Path(tempfile.mkdtemp(prefix="gridhour-"))
    folder.chmod(0o755)
    here = Checkout(folder)
    yield here
    here.end()
    shutil.rmtree(folder)


@pytest.fixture
def closed_checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout below a folder that only this account can enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    here = Checkout(closed / "var")
    here.var.mkdir()
    yield here
    here.end()
