"""Refusals of oversight: facts with a code."""

from exchange.refusal import Refused


class NotARegulator(Refused):
    """Only people of an admitted regulator with a deciding role act on the market."""

    code = "E-EYES-01"
    status = 403
    sentence = "This takes a person with a deciding role in an admitted regulator."


class OwnProposal(Refused):
    """Nobody approves what they proposed: four eyes."""

    code = "E-EYES-02"
    status = 403
    sentence = "Whoever proposed it cannot approve it. A second person must."


class ProposerLeft(Refused):
    """The proposer lost the role in between: the proposal has no first pair of eyes."""

    code = "E-EYES-03"
    status = 409
    sentence = "The person who proposed this no longer has the role. Propose it anew."


class ProposalOver(Refused):
    """It was decided, withdrawn or has expired."""

    code = "E-EYES-04"
    status = 409
    sentence = "This is over: %(state)s."


class ProposalOpen(Refused):
    """The same act on the same subject waits already."""

    code = "E-EYES-05"
    status = 409
    sentence = "The same is already proposed and waits for its second person."


class ReasonMissing(Refused):
    """An act on the market says why."""

    code = "E-EYES-06"
    field = "reason"
    sentence = "Say why, in 10 to 400 characters."


class NotTheProposer(Refused):
    """Only who proposed may withdraw."""

    code = "E-EYES-07"
    status = 403
    sentence = "Only the person who proposed it can withdraw it."
