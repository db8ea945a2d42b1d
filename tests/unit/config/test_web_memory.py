"""A web process never looks through its own code for garbage: requests would wait for that."""

import subprocess
import sys

import pytest

LOOK = """
import gc
import sys
import config.wsgi
from django.urls import reverse

reverse("marketplace:market")
import marketplace.domain.auctions.entries
print(gc.get_freeze_count(), len(gc.get_objects()), int("numba" in sys.modules))
"""


@pytest.fixture(scope="module")
def looked() -> tuple[int, ...]:
    """What is put aside, what is watched, and whether the auction's compiler is there."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


def test_what_a_web_process_has_loaded_is_put_aside_before_the_first_request(
    looked: tuple[int, ...],
) -> None:
    frozen, watched, _ = looked
    assert frozen > 10 * watched


def test_no_web_process_loads_the_compiler_to_check_what_an_auction_is_sent(
    looked: tuple[int, ...],
) -> None:
    assert not looked[2]
