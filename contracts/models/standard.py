"""Standard exchange terms, accepted once at admission, so that trades need no click."""

from django.db import models


class StandardTerms(models.Model):
    """A version of the standard terms, in both languages."""

    version = models.PositiveIntegerField(unique=True)
    text_en = models.TextField()
    text_zh = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    valid_from = models.DateTimeField()

    def __str__(self) -> str:
        return f"v{self.version}"


class TermsAcceptance(models.Model):
    """A member's signature under the standard terms, by a person."""

    member = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    standard_terms = models.ForeignKey(StandardTerms, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        "accounts.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    accepted_at = models.DateTimeField()

    class Meta:
        """Once a member and version."""

        constraints = [
            models.UniqueConstraint(
                fields=["member", "standard_terms"], name="standard_terms_accepted_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.standard_terms_id}"
