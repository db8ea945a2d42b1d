"""`manage.py compile`: what runs compiled is compiled ahead of time: the book, and the loops."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.compiled import folder
from config.compiling import CannotCompile, compile_copy


class Command(BaseCommand):
    """Makes the compiled copy of the book and the clearing's loops, where they are not there."""

    help = "Compile the book with mypyc and the clearing's loops with numba, ahead of time."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is wanted: everything, or the loops alone."""
        parser.add_argument("--loops", action="store_true", help="only the clearing's loops")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compile, or say why not. The loops need no C compiler: they come first."""
        self._compile_loops()
        if options["loops"]:
            return
        try:
            made = compile_copy()
        except CannotCompile as problem:
            raise CommandError(
                f"{problem}\nthe book was not compiled: the plain source runs"
            ) from None
        self.stdout.write(f"{'compiled' if made else 'fits already'}: {folder()}")

    def _compile_loops(self) -> None:
        # Its compiler is large: only who compiles the loops takes it in.
        from exchange.clearing.kernels import FOLDER  # noqa: PLC0415
        from exchange.clearing.kernels.cache import drop_older  # noqa: PLC0415
        from exchange.clearing.warming import warm  # noqa: PLC0415

        if FOLDER is None:
            self.stdout.write("the clearing's loops: no folder takes them, each process compiles")
            return
        drop_older(FOLDER)
        began = time.monotonic()
        made = warm()
        told = f"{made} compiled in {time.monotonic() - began:.0f} s" if made else "fit already"
        self.stdout.write(f"the clearing's loops: {told}: {FOLDER}")
