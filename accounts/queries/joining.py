"""How far an application has come."""

from accounts.domain.joining import Joining
from accounts.models import Member
from accounts.queries.members import application_of, standard_terms_accepted


def joining_of(member: Member) -> Joining:
    """Return what is known of the member's application."""
    application = application_of(member.pk)
    return Joining(
        capabilities=frozenset(member.capabilities),
        licence_number=application.licence_number,
        has_document=bool(application.document_sha256),
        people_settled=application.people_settled,
        settling=application.settling,
        terms_accepted=standard_terms_accepted(member.pk),
        submitted=application.submitted_at is not None,
    )
