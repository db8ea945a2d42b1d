"""Checkouts for the tests of the servers' life."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.checkout import Checkout, open_checkout


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    """A checkout whose folder every account can reach."""
    with open_checkout() as here:
        yield here


@pytest.fixture
def closed_checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout below a folder that only this account can enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    here = Checkout(closed / "var")
    here.var.mkdir()
    yield here
    here.end()
