"""Standard exchange terms, accepted once at admission, so that trades need no click."""

from django.db import models


class StandardTerms(models.Model):
    """A version of the standard terms, in both languages."""

    version = models.PositiveIntegerField(unique=True)
    text_en = models.TextField()
    text_zh = models.TextField()
    text_sha256 = models.CharField(max_length=64)
    valid_from = models.DateTimeField()
    # The figures that the text names and new agreements freeze; shares in basis points.
    take_or_pay_bp = models.PositiveIntegerField()
    availability_bp = models.PositiveIntegerField()
    damages_bp = models.PositiveIntegerField()
    damages_cap_bp = models.PositiveIntegerField()
    acceptance_share_bp = models.PositiveIntegerField()
    maintenance_hours = models.PositiveIntegerField()
    dispute_days = models.PositiveIntegerField()

    class Meta:
        """Shares of a whole are at most a whole; damages may exceed the price."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    take_or_pay_bp__lte=10_000,
                    availability_bp__lte=10_000,
                    damages_cap_bp__lte=10_000,
                    acceptance_share_bp__lte=10_000,
                ),
                name="standard_shares_are_shares",
            )
        ]

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
