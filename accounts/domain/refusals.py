"""What this room refuses, as facts."""

from exchange.refusal import NotFound, NotPermitted, Refused


class MemberUnknown(NotFound):
    """No member has this number or code, or the caller may not know it."""

    code = "E-MEMBER-01"


class CodeTaken(Refused):
    """Another member has this code."""

    code = "E-MEMBER-02"
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
