"""Write to somebody who was invited: a link by which the person sets a password."""

import structlog
from allauth.account.forms import ResetPasswordForm
from django.http import HttpRequest

log = structlog.get_logger(__name__)


def write_to(request: HttpRequest, email: str) -> None:
    """Send the mail; when the mail server is away, the person can ask for it at sign-in."""
    form = ResetPasswordForm(data={"email": email})
    try:
        if form.is_valid():
            form.save(request)
    except OSError:
        log.warning("invitation_not_sent", exc_info=True)
