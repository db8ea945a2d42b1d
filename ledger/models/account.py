"""Accounts of the money book. A positive balance is what the exchange owes its owner."""

from django.db import models


class AccountKind(models.TextChoices):
    """What an account's balance means."""

    TRADING = "TRADING"  # a member's funds that may be held or withdrawn
    ORDER_HOLDS = "ORDER_HOLDS"  # set aside for open orders
    AGREEMENT_HOLDS = "AGREEMENT_HOLDS"  # set aside for agreements until settled
    PAYABLE = "PAYABLE"  # owed to a seller or carrier, to be paid out
    FEES = "FEES"  # the exchange's own income
    TAX = "TAX"  # VAT on the exchange's fee
    RESIDUE = "RESIDUE"  # rounding between micros and fen, shown
    BANK = "BANK"  # the world outside: negative is money that we keep


class Account(models.Model):
    """One account, by key: `trading:17`, `payable:17`, `fees`, `bank:stripe`."""

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=AccountKind)
    member = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, null=True, related_name="+"
    )
    currency = models.CharField(max_length=3, default="CNY")

    class Meta:
        """Only members' accounts have an owner; kinds are those of the table."""

        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=AccountKind.values), name="account_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=["TRADING", "ORDER_HOLDS", "AGREEMENT_HOLDS", "PAYABLE"],
                    member__isnull=False,
                )
                | models.Q(kind__in=["FEES", "TAX", "RESIDUE", "BANK"], member__isnull=True),
                name="account_owner_fits_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.key
