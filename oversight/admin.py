"""Opens the registry, assessments and interventions for regulators and operators."""

from counter.watching import open_for_watching
from oversight.models import (
    Assessment,
    AssessmentRule,
    DeclaredUse,
    Intervention,
    InterventionApproval,
    Licence,
    Project,
    PublicStatistic,
)

open_for_watching(Licence, Project, DeclaredUse, AssessmentRule, Assessment)
open_for_watching(Intervention, InterventionApproval, PublicStatistic)
