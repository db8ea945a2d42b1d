"""The registry: licences of centres and projects under review."""

from django.db import models


class Licence(models.Model):
    """A centre's licence, linked to its site once it trades here."""

    number = models.CharField(max_length=60, unique=True)
    holder_name = models.CharField(max_length=120)
    holder_uscc = models.CharField(max_length=18, blank=True)
    site = models.OneToOneField(
        "marketplace.Site", on_delete=models.PROTECT, null=True, blank=True, related_name="licence"
    )
    province = models.CharField(max_length=40)
    issued_date = models.DateField()
    valid_until = models.DateField()
    status = models.CharField(
        max_length=10,
        choices=[(s, s.lower()) for s in ("VALID", "SUSPENDED", "REVOKED", "EXPIRED")],
        default="VALID",
    )

    sample = models.BooleanField(default=False, help_text="made up for the sample market")

    class Meta:
        """By number; nothing is valid before it is issued."""

        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_until__gt=models.F("issued_date")),
                name="licence_is_valid_for_a_time",
            )
        ]
        indexes = [models.Index(fields=["province", "status"])]

    def __str__(self) -> str:
        return self.number


class Project(models.Model):
    """A data-centre project: planned date, sponsor, size, public money, status."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    province = models.CharField(max_length=40)
    zone = models.ForeignKey(
        "marketplace.Zone", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    site = models.ForeignKey(
        "marketplace.Site",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
    )
    planned_date = models.DateField()
    sponsor_kind = models.CharField(
        max_length=12,
        choices=[
            ("LOCAL_GOV", "local government"),
            ("CENTRAL_SOE", "central SOE"),
            ("PRIVATE", "private"),
            ("CARRIER", "carrier"),
        ],
    )
    size_pflops = models.PositiveIntegerField()
    racks = models.PositiveIntegerField(default=0)
    public_money_micros = models.BigIntegerField(default=0)
    planned_pue_thousandths = models.PositiveIntegerField(null=True, blank=True)
    purchase_agreement_share_bp = models.PositiveIntegerField(null=True, blank=True)
    status = models.CharField(
        max_length=12,
        choices=[
            (s, s.lower()) for s in ("PLANNED", "APPROVED", "BUILDING", "OPERATING", "CANCELLED")
        ],
        default="PLANNED",
    )

    sample = models.BooleanField(default=False, help_text="made up for the sample market")

    class Meta:
        """By code."""

        ordering = ["code"]

    def __str__(self) -> str:
        return self.code
