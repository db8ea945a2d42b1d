"""`manage.py stripe_emulator --port`: the stand-in for Stripe, on loopback."""

import signal
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from sandbox.stripe_emulator import StripeEmulator


class Command(BaseCommand):
    """Serve until Ctrl-C; refuses to run in a market that is not a sandbox."""

    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Where it listens, whom it tells, and what it remembers."""
        parser.add_argument("--port", type=int, default=settings.STRIPE_EMULATOR_PORT)
        parser.add_argument("--webhook-url", default="")
        parser.add_argument("--state", type=Path, default=None, help="a file that outlives it")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Start and stay."""
        if not settings.SANDBOX_MARKET:
            raise CommandError("this market is not a sandbox; it uses Stripe itself")
        emulator = StripeEmulator(
            secret_key=settings.STRIPE_SECRET_KEY,
            port=options["port"],
            webhook_url=options["webhook_url"],
            webhook_secret=settings.STRIPE_WEBHOOK_SECRET,
            state_file=options["state"],
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        emulator.webhooks.start()
        self.stdout.write(f"Stripe emulator at {emulator.address}")
        with suppress(KeyboardInterrupt):
            emulator.serve()
        emulator.webhooks.stop()
