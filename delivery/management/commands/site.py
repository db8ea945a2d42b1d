"""`manage.py site survey SITE`: read a site's scheduler and say what it will leave idle."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from delivery.actions import survey_site
from delivery.models import PoolSurvey
from exchange.refusal import Refused
from exchange.units import BP, MICROS_PER_YUAN
from exchange.window import HOUR, MARKET_ZONE
from marketplace.models import Site
from timetable.queries import market_now

MILLI = 1_000


class Command(BaseCommand):
    """Ends with an error when the scheduler did not answer."""

    help = "Survey a site: idle hours forecast from its scheduler, and proposed listings."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what is to be done, and the site's code."""
        doing = parser.add_subparsers(dest="doing", required=True)
        survey = doing.add_parser("survey", help="read the scheduler and propose listings")
        survey.add_argument("site", help="the site's code")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Survey and print."""
        site = Site.objects.filter(code=options["site"], active=True).first()
        if site is None:
            message = f"no active site is called {options['site']}"
            raise CommandError(message)
        try:
            survey = survey_site(site_id=site.pk, now=market_now())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        if survey.trouble:
            message = f"{site.code}: {survey.trouble}"
            raise CommandError(message)
        for row in survey.pools.select_related("pool").order_by("pool__code"):
            self._say(row)

    def _say(self, row: PoolSurvey) -> None:
        self.stdout.write(
            f"{row.pool.code} (partition {row.partition}): {row.devices_found} devices,"
            f" {row.devices_usable} usable, {row.devices_busy} busy with own work,"
            f" {row.devices_queued} wanted by the queue"
        )
        if row.tested_hours:
            self.stdout.write(
                f"  forecast, {row.history_hours} hours of history, tested on the last"
                f" {row.tested_hours} a day ahead: loss {_milli(row.loss_milli)} devices"
                f" (last week again: {_milli(row.naive_loss_milli)}),"
                f" {row.coverage_bp * 100 // BP} % of hours in the band (80 % meant)"
            )
        if row.trouble:
            self.stdout.write(f"  {row.trouble}")
        for one in row.proposals.order_by("starts_at", "id"):
            begins = one.starts_at.astimezone(MARKET_ZONE)
            self.stdout.write(
                f"  {one.devices} devices for {int((one.ends_at - one.starts_at) / HOUR)} h from"
                f" {begins:%Y-%m-%d %H:%M} (UTC+8), marginal cost"
                f" ¥ {one.marginal_micros // MICROS_PER_YUAN}."
                f"{one.marginal_micros % MICROS_PER_YUAN // 10_000:02} per device-hour,"
                f" idle in {one.weeks_idle} of {one.weeks_seen} weeks"
            )


def _milli(value: int) -> str:
    return f"{value // MILLI}.{value % MILLI:03}"
