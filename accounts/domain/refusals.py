"""What this room refuses, as facts."""

from exchange.refusal import NotFound, NotPermitted, Refused


class MemberUnknown(NotFound):
    """No member has this number or code, or the caller may not know it."""

    code = "E-MEMBER-12"


class CodeTaken(Refused):
    """Another member has this code."""

    code = "E-MEMBER-13"
    field = "code"
    status = 409
    sentence = "Another member has the short name %(code)s."


class CompanyNumberTaken(Refused):
    """Another member has this company number."""

    code = "E-MEMBER-03"
    field = "uscc"
    status = 409
    sentence = "Another member has this unified social credit code."


class CapabilityUnknown(Refused):
    """A member asks for at least one capability, and only for known ones."""

    code = "E-MEMBER-04"
    field = "capabilities"
    sentence = "Choose what the organisation wants to do here."


class CapabilityAppointed(Refused):
    """Regulators and operators are appointed, not applied for."""

    code = "E-MEMBER-07"
    field = "capabilities"
    sentence = "Regulators and operators are appointed by the exchange, not applied for."


class ApplicationIncomplete(Refused):
    """An application is sent when every step is done."""

    code = "E-MEMBER-08"
    status = 409
    sentence = "Finish the open steps before you send the application."


class ApplicationSent(Refused):
    """What was sent is not changed while the operator checks it."""

    code = "E-MEMBER-09"
    status = 409
    sentence = "The application was sent; the operator is checking it."


class DocumentUnfit(Refused):
    """Documents are PDF, PNG or JPEG files of at most two megabytes."""

    code = "E-MEMBER-10"
    field = "document"
    sentence = "Send a PDF, PNG or JPEG file of at most 2 MB."


class LicenceMissing(Refused):
    """A seller or carrier shows its licence."""

    code = "E-MEMBER-11"
    field = "licence_number"
    sentence = "Give the number of the licence and attach the document."


class ReasonMissing(Refused):
    """A decision against a member gives its reason."""

    code = "E-MEMBER-05"
    field = "reason"
    sentence = "Give the reason in a few words."


class MemberNotAdmitted(NotPermitted):
    """Only admitted members do this."""

    code = "E-MEMBER-06"
    sentence = "Only an admitted member can do this."


class PersonUnknown(NotFound):
    """No such person belongs to the member."""

    code = "E-PERSON-01"


class AlreadyBelongs(Refused):
    """The person belongs to the member already."""

    code = "E-PERSON-02"
    field = "email"
    status = 409
    sentence = "%(email)s belongs to this member already."


class LastAdministrator(Refused):
    """A member keeps at least one administrator."""

    code = "E-PERSON-03"
    field = "role"
    status = 409
    sentence = "A member keeps at least one administrator."


class RoleUnknown(Refused):
    """Roles are administrator, trader and viewer."""

    code = "E-PERSON-04"
    field = "role"
    sentence = "There is no such role."


class ScopeUnknown(Refused):
    """A credential asks for at least one scope, and only for known ones."""

    code = "E-CREDENTIAL-01"
    field = "scopes"
    sentence = "Choose at least one known right."


class NameMissing(Refused):
    """A credential has a name, so that its owner can tell it from others."""

    code = "E-CREDENTIAL-02"
    field = "name"
    sentence = "Give the credential a name."


class CredentialUnknown(NotFound):
    """The member has no such credential."""

    code = "E-CREDENTIAL-03"


class TooManyCredentials(Refused):
    """A member has a bounded number of living credentials."""

    code = "E-CREDENTIAL-04"
    status = 409
    sentence = "A member has at most %(most)s credentials; revoke one first."


class NotADemo(NotPermitted):
    """People with a published password exist in a sandbox market only."""

    code = "E-DEMO-01"
    sentence = "Seeded people exist in a sandbox market only."
