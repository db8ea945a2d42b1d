"""A web process never looks through its own code for garbage: requests would wait for that."""

import subprocess
import sys

LOOK = """
import gc
import config.wsgi
from django.urls import reverse

reverse("marketplace:market")
print(gc.get_freeze_count(), len(gc.get_objects()))
"""


def test_what_a_web_process_has_loaded_is_put_aside_before_the_first_request() -> None:
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)

    frozen, watched = map(int, done.stdout.split())
    assert frozen > 10 * watched
