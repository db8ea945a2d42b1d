"""`manage.py compile`: the pure machine, compiled ahead of time; the engine takes it if it fits."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.compiled import folder
from config.compiling import CannotCompile, compile_copy


class Command(BaseCommand):
    """Makes the compiled copy of the sources as they are, if it is not there."""

    help = "Compile the book with mypyc; engine, replay and verify_day take it while it fits."
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Compile, or say why not."""
        try:
            made = compile_copy()
        except CannotCompile as problem:
            raise CommandError(f"{problem}\nnothing was compiled: the plain source runs") from None
        self.stdout.write(f"{'compiled' if made else 'fits already'}: {folder()}")
