"""The token endpoint: a credential's name and secret for a bearer token of an hour."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views import TokenView

from accounts.api.throttling import WINDOW_SECONDS, over_limit


@method_decorator(csrf_exempt, name="dispatch")
class MemberTokenView(TokenView):  # type: ignore[misc]
    """OAuth2 client credentials only; at most `TOKENS_PER_MINUTE` an address."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Issue a token, or refuse with the errors of RFC 6749."""
        if over_limit(f"token:{request.META.get('REMOTE_ADDR')}", settings.TOKENS_PER_MINUTE):
            return JsonResponse(
                {"error": "slow_down"}, status=429, headers={"Retry-After": str(WINDOW_SECONDS)}
            )
        if request.POST.get("grant_type") != "client_credentials":
            return JsonResponse({"error": "unsupported_grant_type"}, status=400)
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response
