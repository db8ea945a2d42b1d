"""Invoices: dated pictures of the ledger, numbered without gaps per issuer."""

from django.db import models

from exchange.units import MICROS_PER_FEN


class Invoice(models.Model):
    """From an issuer to a customer: seller's lines, or the exchange's fee (issuer null)."""

    number = models.CharField(max_length=40, unique=True)
    sequence = models.PositiveIntegerField()
    issuer = models.ForeignKey(
        "accounts.Member", on_delete=models.PROTECT, null=True, related_name="+"
    )
    customer = models.ForeignKey("accounts.Member", on_delete=models.PROTECT, related_name="+")
    delivery_day = models.DateField()
    kind = models.CharField(
        max_length=12,
        choices=[("INVOICE", "invoice"), ("CREDIT_NOTE", "credit note")],
        default="INVOICE",
    )
    revision = models.PositiveIntegerField(
        default=0, help_text="0 is the day's invoice; later ones bill or credit differences"
    )
    net_fen = models.BigIntegerField()
    vat_fen = models.BigIntegerField()
    total_fen = models.BigIntegerField()
    residue_micros = models.BigIntegerField(
        default=0, help_text="posted between the issuer and the residue account to reach whole fen"
    )
    issued_at = models.DateTimeField()

    class Meta:
        """Numbers without gaps an issuer; a total is what it says; one a day and pair."""

        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "sequence"], nulls_distinct=False, name="one_number_an_issuer"
            ),
            models.UniqueConstraint(
                fields=["issuer", "customer", "delivery_day", "revision"],
                nulls_distinct=False,
                name="one_invoice_a_day_and_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="INVOICE", total_fen__gte=0)
                | models.Q(kind="CREDIT_NOTE", total_fen__lte=0),
                name="invoice_kind_fits_its_sign",
            ),
            models.CheckConstraint(
                condition=models.Q(total_fen=models.F("net_fen") + models.F("vat_fen")),
                name="invoice_total_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def net_micros(self) -> int:
        """Net in micros, as figures are printed."""
        return self.net_fen * MICROS_PER_FEN

    @property
    def vat_micros(self) -> int:
        """VAT in micros, as figures are printed."""
        return self.vat_fen * MICROS_PER_FEN

    @property
    def total_micros(self) -> int:
        """The total in micros, as figures are printed."""
        return self.total_fen * MICROS_PER_FEN


class InvoiceLine(models.Model):
    """One agreement's share of an invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    agreement = models.ForeignKey(
        "contracts.Agreement", on_delete=models.PROTECT, related_name="invoice_lines"
    )
    kind = models.CharField(
        max_length=10,
        choices=[
            ("COMPUTE", "compute"),
            ("LINK", "link"),
            ("FEE", "fee"),
            ("DAMAGES", "damages"),
        ],
    )
    device_seconds = models.BigIntegerField(default=0)
    gbps_seconds = models.BigIntegerField(default=0, help_text="of a link's own meter")
    moved_mb = models.BigIntegerField(default=0, help_text="of a link's own meter")
    net_micros = models.BigIntegerField()
    vat_micros = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.invoice_id} {self.kind}"
