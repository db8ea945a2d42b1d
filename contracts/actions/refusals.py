"""What the room refuses."""

from exchange.refusal import Refused


class NoStandardTerms(Refused):
    """An agreement needs standard terms that were in force at its trade."""

    code = "E-TERMS-01"
    status = 409
    sentence = "No standard terms are in force yet."


class NotAParty(Refused):
    """Only the buyer and the seller sign."""

    code = "E-AGREEMENT-01"
    status = 404
    sentence = "There is no agreement with that number."


class TermsChanged(Refused):
    """What was read is not what would be signed."""

    code = "E-AGREEMENT-02"
    field = "sha256"
    status = 409
    sentence = "The terms changed since you opened them. Read version %(version)s and sign again."
