"""Workers with a guard taken out: the controls, which the judge must find out."""

import os
import sys
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.celery import app  # noqa: E402
from delivery.actions import sweeping  # noqa: E402
from delivery.adapters.process import holdings  # noqa: E402


def no_adoption() -> None:
    """Start a holder whether one lives or not."""
    holdings.living_pid = lambda _holding: 0


def no_sweeper() -> None:
    """Never end what nobody owns."""
    sweeping.release_orphans = lambda: 0


def run(name: str) -> None:
    """Be a worker without the named guard."""
    mutants: dict[str, Callable[[], None]] = {"adoption": no_adoption, "sweeper": no_sweeper}
    mutants[name]()
    app.worker_main(sys.argv[1:])
