"""Letters by e-mail. A mail server that is away never undoes what was decided."""

import structlog
from django.core.mail import send_mail
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Member, Role
from accounts.queries import people_of

log = structlog.get_logger(__name__)


def write_decision(*, member_id: int) -> None:
    """Tell the member's administrators how it stands, each in the own language."""
    member = Member.objects.get(pk=member_id)
    for row in people_of(member_id).filter(role=Role.ADMIN):
        with translation.override(row.person.language):
            subject, text = _letter(member)
        try:
            send_mail(subject, text, None, [row.person.email])
        except OSError:
            log.warning("letter_not_sent", member_id=member_id, exc_info=True)


def _letter(member: Member) -> tuple[str, str]:
    facts = {"name": member.name, "reason": member.state_reason}
    if member.state == "ADMITTED":
        return (
            _("%(name)s is admitted to the exchange") % facts,
            _("%(name)s may trade from now on.") % facts,
        )
    if member.state == "SUSPENDED":
        return (
            _("%(name)s is suspended") % facts,
            _("%(name)s may not trade for the time being: %(reason)s") % facts,
        )
    return (
        _("The application of %(name)s was refused") % facts,
        _("The operator refused the application: %(reason)s") % facts,
    )
