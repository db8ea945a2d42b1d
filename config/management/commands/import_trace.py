"""Turn a public cluster trace into demand that `journey --trace` takes."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange.refusal import Refused
from sandbox.traces import read_trace, write_demand


class Command(BaseCommand):
    """Reads Philly (JSON), Alibaba GPU, Helios or own CSV, plain or gzip."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the trace and where to write the demand."""
        parser.add_argument("trace", type=Path)
        parser.add_argument("--out", type=Path, default=Path("var/demand.csv"))

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, write, and say what was in it."""
        try:
            jobs = read_trace(options["trace"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        options["out"].parent.mkdir(parents=True, exist_ok=True)
        count = write_demand(jobs, options["out"])
        devices = sum(job.devices for job in jobs)
        hours = sum(job.devices * job.duration_s for job in jobs) // 3600
        self.stdout.write(
            f"{count:,} jobs for {devices:,} devices and {hours:,} device-hours → {options['out']}"
        )
