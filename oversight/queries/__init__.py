"""What the room answers."""

from oversight.queries.comparing import what_if
from oversight.queries.national import NationalOverview, national_overview, statistics
from oversight.queries.ratios import Ratios, SiteUse, site_uses, together
from oversight.queries.subjects import all_facts, assessed_on, rules_in_force

__all__ = [
    "NationalOverview",
    "Ratios",
    "SiteUse",
    "all_facts",
    "assessed_on",
    "national_overview",
    "rules_in_force",
    "site_uses",
    "statistics",
    "together",
    "what_if",
]
