"""Assessments: dated rules as data, and verdicts with their evidence."""

from django.db import models

from oversight.domain.rules import RuleKind
from oversight.domain.verdict import Verdict


class AssessmentRule(models.Model):
    """A version of a rule: its kind, its parameters, from when it is in force."""

    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in RuleKind])
    version = models.PositiveIntegerField()
    parameters = models.JSONField()
    valid_from = models.DateField()
    illustrative = models.BooleanField(default=True, help_text="the real value was not published")
    source = models.CharField(max_length=200, blank=True)
    source_zh = models.CharField(max_length=200, blank=True)

    class Meta:
        """Versions count from one a kind."""

        ordering = ["kind", "version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="one_row_a_rule_version")
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.version}"


class Assessment(models.Model):
    """A verdict on a site or project as of a day, with evidence and rule versions."""

    site = models.ForeignKey(
        "marketplace.Site", on_delete=models.PROTECT, null=True, related_name="assessments"
    )
    project = models.ForeignKey(
        "oversight.Project", on_delete=models.PROTECT, null=True, related_name="assessments"
    )
    as_of = models.DateField()
    verdict = models.CharField(
        max_length=10, choices=[(verdict.value, verdict.value) for verdict in Verdict]
    )
    findings = models.JSONField(help_text="one row a rule: oversight.domain.verdict.Finding")
    assessed_at = models.DateTimeField()

    class Meta:
        """Of a site or of a project."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(site__isnull=False, project__isnull=True)
                | models.Q(site__isnull=True, project__isnull=False),
                name="assessment_has_one_subject",
            ),
            # One verdict a subject and day: assessing again replaces it.
            models.UniqueConstraint(
                fields=["site", "as_of"],
                condition=models.Q(site__isnull=False),
                name="one_assessment_a_site_and_day",
            ),
            models.UniqueConstraint(
                fields=["project", "as_of"],
                condition=models.Q(project__isnull=False),
                name="one_assessment_a_project_and_day",
            ),
        ]
        indexes = [models.Index(fields=["as_of", "verdict"])]

    def __str__(self) -> str:
        return f"{self.verdict} {self.as_of}"
