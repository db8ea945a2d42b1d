"""Refusals: a no with a code, the field it concerns, and the sentence to say."""


class Refused(Exception):
    """A request that the exchange refuses; subclasses say why.

    `code` is stable (`E-PRICE-01`), `field` names the input at fault (empty when
    none is), `sentence` is an English template that doors translate and fill with
    `facts`.
    """

    code = "E-REFUSED"
    field = ""
    status = 422
    # Seconds after which the same may be sent again; 0 where waiting does not help.
    again_after_s = 0
    sentence = "The request was refused."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(f"{self.code} {self.sentence % facts if facts else self.sentence}")


class NotFound(Refused):
    """What was named does not exist, or the caller may not know that it does."""

    code = "E-NOT-FOUND"
    status = 404
    sentence = "There is nothing here with that number."


class NotPermitted(Refused):
    """The caller's role does not include this act."""

    code = "E-ROLE-01"
    status = 403
    sentence = "Your role does not include this."
