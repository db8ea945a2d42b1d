"""Signatures: a party, the hash it signed, when, and by what right."""

from django.db import models


class Signature(models.Model):
    """One party's signature under one version."""

    version = models.ForeignKey(
        "contracts.AgreementVersion", on_delete=models.PROTECT, related_name="signatures"
    )
    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    party = models.CharField(max_length=6, choices=[("BUYER", "buyer"), ("SELLER", "seller")])
    signed_sha256 = models.CharField(max_length=64)
    by_acceptance = models.ForeignKey(
        "contracts.TermsAcceptance", on_delete=models.PROTECT, null=True, related_name="+"
    )
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    signed_at = models.DateTimeField()

    class Meta:
        """Each party signs a version once, by a person or by the standard terms."""

        constraints = [
            models.UniqueConstraint(fields=["version", "party"], name="one_signature_a_party"),
            models.CheckConstraint(
                condition=models.Q(by_acceptance__isnull=False) | models.Q(person__isnull=False),
                name="signature_has_a_signer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.signed_sha256[:12]}"
