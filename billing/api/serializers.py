"""What the API says of money; amounts in whole micros or fen, as the names tell."""

from typing import Any

from rest_framework import serializers

from billing.models import Invoice
from counter.serializers import StrictSerializer


class FundsOut(serializers.Serializer[Any]):
    """What the caller has, has set aside and is owed."""

    available_micros = serializers.IntegerField()
    order_holds_micros = serializers.IntegerField()
    agreement_holds_micros = serializers.IntegerField()
    payable_micros = serializers.IntegerField()


class StatementLineOut(serializers.Serializer[Any]):
    """One line of one account, with the account's balance after it."""

    id = serializers.IntegerField()
    booked_at = serializers.DateTimeField()
    kind = serializers.CharField()
    account = serializers.CharField()
    amount_micros = serializers.IntegerField()
    balance_micros = serializers.IntegerField()
    key = serializers.CharField()
    reason = serializers.CharField()
    facts = serializers.DictField()


class StatementOut(serializers.Serializer[Any]):
    """A page of lines, newest first; `before` asks for the next page, null at the end."""

    results = StatementLineOut(many=True)
    before = serializers.IntegerField(allow_null=True)


class StatementQuery(StrictSerializer):
    """Which lines: older than `before`, at most `limit`, of one kind of account."""

    before = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=500, default=50)
    account = serializers.ChoiceField(
        required=False, choices=["TRADING", "ORDER_HOLDS", "AGREEMENT_HOLDS", "PAYABLE"]
    )


class InvoiceOut(serializers.ModelSerializer[Invoice]):
    """One invoice or credit note, in whole fen; issuer null is the exchange."""

    issuer = serializers.CharField(source="issuer.code", allow_null=True, default=None)
    customer = serializers.CharField(source="customer.code")

    class Meta:
        """Names are those of the paper."""

        model = Invoice
        fields = (
            "number",
            "kind",
            "issuer",
            "customer",
            "delivery_day",
            "revision",
            "net_fen",
            "vat_fen",
            "total_fen",
            "issued_at",
        )


class InvoiceLineOut(serializers.Serializer[Any]):
    """One agreement's part, exact to the micro."""

    agreement = serializers.CharField(source="agreement.number")
    kind = serializers.CharField()
    device_seconds = serializers.IntegerField()
    gbps_seconds = serializers.IntegerField(help_text="of a link's own meter")
    moved_mb = serializers.IntegerField(help_text="of a link's own meter")
    net_micros = serializers.IntegerField()
    vat_micros = serializers.IntegerField()


class InvoiceWithLinesOut(InvoiceOut):
    """An invoice with its lines."""

    lines = InvoiceLineOut(many=True)

    class Meta(InvoiceOut.Meta):
        """As in the list, and the lines."""

        fields = (*InvoiceOut.Meta.fields, "lines")  # type: ignore[assignment]
