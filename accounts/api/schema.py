"""How the OpenAPI document describes who calls."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A member's credential: OAuth2 client credentials."""

    target_class = "accounts.api.authentication.MemberTokenAuthentication"
    name = "credential"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the flow with its scopes."""
        return {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": "/oauth/token/",
                    "scopes": {
                        "market:read": "Read market data",
                        "orders": "Place, read and cancel orders and listings",
                        "agreements": "Read agreements, deliveries and statements",
                        "readings": "Deliver meter readings for own sites",
                    },
                }
            },
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """A signed-in person's session, with the CSRF header on unsafe methods."""

    target_class = "accounts.api.authentication.MemberSessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """Return the session's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
