"""What changes and endings take and answer: shape only; the rules say what is allowed."""

from rest_framework import serializers

from counter.serializers import StrictSerializer

BIG = 2**63 - 1


def _client_id() -> serializers.CharField:
    return serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="your own id of this act: sent twice with the same content, it is done once",
    )


def _figure(help_text: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=-BIG,
        max_value=BIG,
        help_text=f"{help_text}; absent leaves it",
    )


def _version() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=-BIG, max_value=BIG, help_text="as you read it; another is refused"
    )


class OrderReplaceInput(StrictSerializer):
    """What changes of an order."""

    version = _version()
    amount = _figure("the new whole amount, what is filled included")
    limit_micros = _figure("most per device-hour or PFLOPS-hour, net of VAT")
    budget_micros = _figure("most for the whole order, VAT included")
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="of orders that have one"
    )
    client_id = _client_id()


class ListingReplaceInput(StrictSerializer):
    """What changes of a listing."""

    version = _version()
    devices = _figure("the new whole number of devices, what is sold included")
    ask_micros = _figure("per device-hour, net of VAT")
    client_id = _client_id()


class EndInput(StrictSerializer):
    """The end of something open; the body may be empty."""

    client_id = _client_id()


class EndedOutput(serializers.Serializer[object]):
    """How many orders and listings ended."""

    status = serializers.IntegerField(help_text="200, also in a batch")
    ended = serializers.IntegerField()
    repeated = serializers.BooleanField(help_text="the same was sent and done before")
