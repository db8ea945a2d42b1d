"""How qualities and flags of readings, and disputes of the meter, are said."""

from django.utils.translation import gettext_lazy

from delivery.domain.vee import Flag, Quality
from delivery.pages.words import StateWords

QUALITIES = {
    Quality.MEASURED: gettext_lazy("measured"),
    Quality.EDITED: gettext_lazy("edited by a later version"),
    Quality.ESTIMATED: gettext_lazy("estimated"),
    Quality.MISSING: gettext_lazy("missing"),
    Quality.REFUSED: gettext_lazy("refused"),
}
FLAGS = {
    Flag.IMPOSSIBLE: gettext_lazy("cannot be true"),
    Flag.CONFLICT: gettext_lazy("two figures for one version"),
    Flag.REPEATED: gettext_lazy("sent twice"),
    Flag.VERSION_SKIPPED: gettext_lazy("a version was skipped"),
    Flag.GAP: gettext_lazy("no reading"),
    Flag.GAP_IN_HOUR: gettext_lazy("no reading, between two of its hour"),
    Flag.OUT_OF_ORDER: gettext_lazy("came after later quarters"),
    Flag.FROZEN: gettext_lazy("the same odd figure for two hours"),
    Flag.SPIKE: gettext_lazy("far from both neighbours"),
    Flag.SILENT_ZERO: gettext_lazy("nothing delivered, nothing said to be unhealthy"),
    Flag.UNHEALTHY: gettext_lazy("devices unhealthy"),
    Flag.SELF_ESTIMATED: gettext_lazy("estimated by the site"),
    Flag.CORRECTED: gettext_lazy("corrected"),
}
DISPUTE_STATES = {
    "OPEN": StateWords("now", "clock", gettext_lazy("Undecided")),
    "UPHELD": StateWords("warn", "check", gettext_lazy("Upheld")),
    "DISMISSED": StateWords("", "x", gettext_lazy("Dismissed")),
}
