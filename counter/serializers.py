"""Serializers of the API: shape only, and unknown fields are refused by name."""

from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know, naming each."""

    def to_internal_value(self, data: Any) -> Any:
        """Parse `data`; raise ValidationError with a row for each unknown field."""
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError(
                    {name: [f"Unknown field: {name}."] for name in unknown},
                    code="unknown_field",
                )
        return super().to_internal_value(data)
