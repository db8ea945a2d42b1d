"""Rows of who watches."""

from oversight.models.assessment import Assessment, AssessmentRule
from oversight.models.declared import DeclaredUse
from oversight.models.intervention import Intervention, InterventionApproval
from oversight.models.registry import Licence, Project
from oversight.models.statistic import PublicStatistic

__all__ = [
    "Assessment",
    "AssessmentRule",
    "DeclaredUse",
    "Intervention",
    "InterventionApproval",
    "Licence",
    "Project",
    "PublicStatistic",
]
