#!/usr/bin/env python3
"""Run anything: `manage.py help` lists what there is."""

import os
import sys

from config import compiled


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if compiled.TAKEN_BY.intersection(sys.argv[1:2]):
        compiled.prefer()
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
