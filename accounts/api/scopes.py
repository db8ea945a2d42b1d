"""What a token may do: the scopes that its credential was given, and no others."""

from typing import Any

from oauth2_provider.scopes import SettingsScopes

from accounts.models import ApiApplication


class AllowedScopes(SettingsScopes):  # type: ignore[misc]
    """Scopes of the credential; a request without scopes gets them all."""

    def get_available_scopes(
        self, application: ApiApplication | None = None, *_args: Any, **_kwargs: Any
    ) -> list[str]:
        """Return what the credential may ask for."""
        if application is None:
            return []
        known = self.get_all_scopes()
        return [scope for scope in application.allowed_scopes.split() if scope in known]

    def get_default_scopes(
        self, application: ApiApplication | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        """Return what a request without scopes gets."""
        return self.get_available_scopes(application, *args, **kwargs)
