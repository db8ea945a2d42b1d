"""What the API says of an agreement; amounts in micros, shares in basis points."""

from typing import Any

from rest_framework import serializers

from contracts.models import Agreement


class AgreementOut(serializers.ModelSerializer[Agreement]):
    """One agreement of the caller's, as a list shows it."""

    buyer = serializers.CharField(source="buyer.code")
    seller = serializers.CharField(source="seller.code")
    trade = serializers.IntegerField(source="trade_id", allow_null=True)
    link_trade = serializers.IntegerField(
        source="link_trade_id", allow_null=True, help_text="of an agreement on a link"
    )
    devices = serializers.IntegerField(source="trade.devices", default=None, allow_null=True)
    price_micros = serializers.IntegerField(
        source="trade.price_micros", default=None, allow_null=True, help_text="per device-hour"
    )
    gbps = serializers.IntegerField(source="link_trade.gbps", default=None, allow_null=True)
    gb = serializers.IntegerField(source="link_trade.gb", default=None, allow_null=True)
    value_micros = serializers.SerializerMethodField()

    class Meta:
        """Names are those of the glossary."""

        model = Agreement
        fields = (
            "number",
            "trade",
            "link_trade",
            "buyer",
            "seller",
            "state",
            "starts_at",
            "ends_at",
            "devices",
            "price_micros",
            "gbps",
            "gb",
            "value_micros",
            "concluded_at",
            "in_force_at",
            "ended_at",
        )

    def get_value_micros(self, agreement: Agreement) -> int:
        """Return what was sold is worth, net."""
        sold = agreement.link_trade or agreement.trade
        assert sold is not None
        return sold.value_micros


class SignatureOut(serializers.Serializer[Any]):
    """Who signed which hash, and how."""

    party = serializers.CharField()
    member = serializers.CharField(source="member.code")
    signed_sha256 = serializers.CharField()
    signed_at = serializers.DateTimeField()
    by_standing_acceptance = serializers.SerializerMethodField()

    def get_by_standing_acceptance(self, signature: Any) -> bool:
        """Tell whether the party signed by accepting the standard terms."""
        return signature.by_acceptance_id is not None


class TermsOut(serializers.Serializer[Any]):
    """A version's terms: the document, its hash and the signatures under it."""

    version = serializers.IntegerField()
    effective_from = serializers.DateTimeField()
    terms = serializers.JSONField()
    terms_sha256 = serializers.CharField()
    signatures = SignatureOut(many=True)
