"""What is known of a centre or a project, each figure with where it comes from."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Ratio(StrEnum):
    """Three ratios are called utilisation; a rule names which one it tests."""

    RACK_OCCUPANCY = "RACK_OCCUPANCY"
    CONTRACTED = "CONTRACTED"
    COMPUTE_UTILISATION = "COMPUTE_UTILISATION"


class SubjectKind(StrEnum):
    """What is assessed: a centre that runs, or a project that is planned."""

    SITE = "SITE"
    PROJECT = "PROJECT"


class Source(StrEnum):
    """Where a figure comes from."""

    MEASURED = "MEASURED"
    ESTIMATED = "ESTIMATED"
    DECLARED = "DECLARED"
    METERED_AND_DECLARED = "METERED_AND_DECLARED"
    REGISTRY = "REGISTRY"


@dataclass(frozen=True)
class Figure:
    """A whole number and its source; its unit is in the name of the field that holds it."""

    value: int
    source: Source


@dataclass(frozen=True)
class Facts:
    """The frozen input of an assessment. None: the figure is not known."""

    kind: SubjectKind
    subject_id: int
    rack_occupancy_bp: Figure | None = None
    contracted_bp: Figure | None = None
    compute_utilisation_bp: Figure | None = None
    purchase_agreement_share_bp: Figure | None = None
    pue_thousandths: Figure | None = None
    zone_pue_limit_thousandths: int | None = None
    nearest_city_rtt_us: Figure | None = None
    planned_date: date | None = None
    sponsor_kind: str = ""
    size_pflops: int | None = None

    def ratio(self, name: Ratio) -> Figure | None:
        """Return the ratio of that name, in basis points."""
        return {
            Ratio.RACK_OCCUPANCY: self.rack_occupancy_bp,
            Ratio.CONTRACTED: self.contracted_bp,
            Ratio.COMPUTE_UTILISATION: self.compute_utilisation_bp,
        }[name]


def share_bp(part: int, whole: int) -> int | None:
    """Return part ÷ whole in basis points, rounded down; None of nothing."""
    return part * 10_000 // whole if whole > 0 else None
