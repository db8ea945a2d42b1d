"""Onboarding: how far an applicant has come; each step can be left and resumed."""

from django.db import models


class Settling(models.TextChoices):
    """How a member's first trade will be settled: from a wallet, or by a site's meter."""

    WALLET = "WALLET"
    CONNECTOR = "CONNECTOR"


class Onboarding(models.Model):
    """What an applicant tells beyond its name. The document is kept as it was sent."""

    member = models.OneToOneField(
        "accounts.Member", on_delete=models.PROTECT, primary_key=True, related_name="onboarding"
    )
    licence_number = models.CharField(max_length=60, blank=True)
    document_name = models.CharField(max_length=120, blank=True)
    document = models.BinaryField(null=True)
    document_sha256 = models.CharField(max_length=64, blank=True)
    people_settled = models.BooleanField(default=False)
    settling = models.CharField(max_length=10, choices=Settling, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """In order of members."""

        ordering = ["member_id"]

    def __str__(self) -> str:
        return f"{self.member_id} {'sent' if self.submitted_at else 'open'}"
