"""Load the national market of the sandbox; running it again changes nothing."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.seed.load import DEMO_PASSWORD, seed_steps
from config.seed.tables import table
from timetable.queries import market_now


class Command(BaseCommand):
    """Places, chips, sample centres, members with one login per role, funds, rules."""

    help = __doc__ or ""

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run each step, saying which."""
        if not settings.SANDBOX_MARKET:
            msg = "seed is for a sandbox market: set GRIDHOUR_SANDBOX=1"
            raise CommandError(msg)
        for name, work in seed_steps(market_now()):
            self.stdout.write(f"  seeding {name} …")
            work()
        logins = ", ".join(str(row["email"]) for row in table("people"))
        self.stdout.write(f"  logins (password {DEMO_PASSWORD}): {logins}")
