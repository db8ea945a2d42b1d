"""The life of an auction in steps, and how its clearing goes, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as later

from counter.pictures import StepRow
from counter.templatetags.figures import instant, time_of
from marketplace.domain.auctions import phases
from marketplace.models import Auction, AuctionRun
from marketplace.pages.words import Shown
from marketplace.queries.auctions import seed_of

Text = str | Promise
MINUTES_A_DAY = 24 * 60
SHOWN: dict[str, Shown] = {
    "UPCOMING": Shown("", "clock", later("Not open yet")),
    "OPEN": Shown("now", "clock", later("Open for entries")),
    "NO_CANCEL": Shown("now", "clock", later("Improving only")),
    "RANDOM_END": Shown("warn", "clock", later("May end any moment")),
    "CLEARING": Shown("now", "clock", later("Clearing")),
    "PUBLISHED": Shown("ok", "check", later("Outcome published")),
    "AGREED": Shown("ok", "check", later("Outcome agreed")),
    "FAILED": Shown("danger", "x", later("Not cleared")),
    "CANCELLED": Shown("", "x", later("Called off")),
}
KIND_WORDS: dict[str, Text] = {
    "DAY_AHEAD": later("Day-ahead auction"),
    "WEEKLY": later("Weekly auction"),
}
METHOD_WORDS: dict[str, Text] = {
    "full": later("Full search"),
    "short": later("Shorter search"),
    "zones": later("Each zone alone"),
    "greedy": later("By price and time"),
}
FALL_BACKS: dict[str, Text] = {
    "short": later("The full search did not end well; a shorter one decided."),
    "zones": later("The searches did not end well; each zone was cleared alone."),
    "greedy": later("No search ended well; orders were served by price and time."),
}
WORK_WORDS: dict[str, Text] = {
    "checking": later("reading the book"),
    "prices": later("first prices"),
    "search": later("placing orders"),
    "pricing": later("prices at which nobody loses"),
    "outcome": later("writing the outcome"),
}
RUN_TAGS: dict[str, Shown] = {
    "RUNNING": Shown("now", "clock", later("Running")),
    "DONE": Shown("ok", "check", later("Its outcome counts")),
    "FAILED": Shown("warn", "warn", later("Given up")),
}


@dataclass(frozen=True)
class RunRow:
    """A method of the clearing as the page shows it; `share` is per cent of its present work."""

    method: Text
    tag: Shown
    work: Text
    share: int


def run_row(run: AuctionRun) -> RunRow:
    """Return a run in words."""
    work = WORK_WORDS.get(run.phase, "") if run.state == "RUNNING" else ""
    return RunRow(METHOD_WORDS[run.method], RUN_TAGS[run.state], work, run.done_bp // 100)


def steps_of(auction: Auction, phase: str) -> list[StepRow]:
    """Return open, improving only, random end, clearing and publication with their times."""
    at = phases.PHASES.index(phase)
    ended_at = seed_of(auction)[1]
    between = {"from": time_of(auction.ends_from), "by": time_of(auction.ends_by)}
    published = (
        instant(auction.published_at)
        if auction.published_at
        else _("by %(at)s") % {"at": instant(auction.results_by)}
    )
    rows = (
        (phases.OPEN, _("Open for entries"), instant(auction.opens_at)),
        (phases.NO_CANCEL, _("Improving only"), instant(auction.no_cancel_at)),
        (
            phases.RANDOM_END,
            _("Random end"),
            instant(ended_at) if ended_at else _("%(from)s to %(by)s") % between,
        ),
        (phases.CLEARING, _("Clearing"), _("from the frozen book alone")),
        ("PUBLISHED", _("Publication"), published),
    )
    steps = []
    for name, title, note in rows:
        place = phases.PHASES.index(name)
        done = place < at and phase != "CANCELLED"
        now = place == at and phase != "PUBLISHED"
        if name == "PUBLISHED":
            done, now = phase in phases.PUBLISHED, False
        steps.append(StepRow("done" if done else "now" if now else "next", title, note))
    return steps


def next_gate(auction: Auction, phase: str) -> tuple[Text, datetime] | None:
    """Return what comes next and when; None when nothing is waited for."""
    return {
        phases.UPCOMING: (_("Opens"), auction.opens_at),
        phases.OPEN: (_("Improving only"), auction.no_cancel_at),
        phases.NO_CANCEL: (_("May end"), auction.ends_from),
        phases.RANDOM_END: (_("Ends at the latest"), auction.ends_by),
        phases.CLEARING: (_("Results"), auction.results_by),
    }.get(phase)


def left_text(left: timedelta) -> str:
    """Return a time that is left, in minutes: `2 d 3 h`, `3 h 12 min`, `4 min`."""
    minutes = max(0, -(-int(left.total_seconds()) // 60))
    words = {
        "days": minutes // MINUTES_A_DAY,
        "hours": minutes % MINUTES_A_DAY // 60,
        "all_hours": minutes // 60,
        "minutes": minutes % 60,
    }
    if minutes >= 2 * MINUTES_A_DAY:
        return _("%(days)s d %(hours)s h") % words
    if minutes >= 60:
        return _("%(all_hours)s h %(minutes)s min") % words
    return _("%(minutes)s min") % words
