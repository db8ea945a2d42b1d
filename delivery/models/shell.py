"""Sessions: shells on what a buyer holds, who may enter them, and who was in."""

from django.db import models
from django.db.models import F, Q


class Shell(models.Model):
    """A job that people enter by SSH, with the one certificate that was given out for it."""

    job = models.OneToOneField("delivery.Job", on_delete=models.CASCADE, related_name="shell")
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    fingerprint = models.CharField(max_length=80, help_text="of the public key, SHA-256")
    certificate = models.TextField(default="", help_text="of no use without the private key")
    certificate_until = models.DateTimeField(help_text="wall time")

    def __str__(self) -> str:
        return f"session-{self.pk}"


class ShellVisit(models.Model):
    """One connection into a session: when and from where; never what was typed."""

    shell = models.ForeignKey(Shell, on_delete=models.CASCADE, related_name="visits")
    from_address = models.GenericIPAddressField()
    entered_at = models.DateTimeField(help_text="wall time")
    left_at = models.DateTimeField(null=True, blank=True, help_text="wall time; none: still in")

    class Meta:
        """Nobody leaves before having entered."""

        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=F("entered_at")),
                name="shell_visit_ends_after_its_begin",
            )
        ]
        indexes = [models.Index(fields=["id"], condition=Q(left_at=None), name="visits_that_last")]

    def __str__(self) -> str:
        return f"V{self.pk}"
