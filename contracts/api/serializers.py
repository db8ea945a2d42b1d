"""What the API says of an agreement; amounts in micros, shares in basis points."""

from typing import Any

from rest_framework import serializers

from contracts.models import Agreement


class AgreementOut(serializers.ModelSerializer[Agreement]):
    """One agreement of the caller's, as a list shows it."""

    buyer = serializers.CharField(source="buyer.code")
    seller = serializers.CharField(source="seller.code")
    trade = serializers.IntegerField(source="trade_id")
    devices = serializers.IntegerField(source="trade.devices")
    price_micros = serializers.IntegerField(source="trade.price_micros")
    value_micros = serializers.IntegerField(source="trade.value_micros")

    class Meta:
        """Names are those of the glossary."""

        model = Agreement
        fields = (
            "number",
            "trade",
            "buyer",
            "seller",
            "state",
            "starts_at",
            "ends_at",
            "devices",
            "price_micros",
            "value_micros",
            "concluded_at",
            "in_force_at",
            "ended_at",
        )


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
