"""The door for Stripe's webhooks: signed, once, answered after the commit."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.actions import receive_event
from billing.domain.refusals import BadSignature
from timetable.queries import market_now, wall_now

LONGEST_BODY = 256 * 1024


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Take one event; 400 when Stripe did not sign it, 500 (and so a repeat) when we fail."""
    if int(request.headers.get("Content-Length") or 0) > LONGEST_BODY:
        return JsonResponse({"error": "too large"}, status=413)
    try:
        event = receive_event(
            payload=request.body,
            signature=request.headers.get("Stripe-Signature", ""),
            wall=wall_now(),
            now=market_now(),
        )
    except BadSignature as refusal:
        return JsonResponse({"error": refusal.code}, status=refusal.status)
    return JsonResponse({"received": event.event_id})
