"""Why a book of a call auction is refused: always with the row and the field."""

from exchange.refusal import Refused


class BookRefused(Refused):
    """A book that cannot be cleared as it stands."""

    code = "E-AUCTION-01"
    sentence = "The book cannot be read: %(why)s."

    def __init__(self, field: str, **facts: object) -> None:
        self.field = field
        super().__init__(field=field, **facts)


class RowRefused(BookRefused):
    """A row whose field has a value that the auction does not take."""

    code = "E-AUCTION-02"
    sentence = "%(row)s: %(field)s %(why)s."


class UnknownRow(BookRefused):
    """A row that names another row which the book does not have."""

    code = "E-AUCTION-03"
    sentence = "%(row)s: %(field)s names %(named)s, which the book does not have."


class TwiceInBook(BookRefused):
    """Two rows of one kind with the same id."""

    code = "E-AUCTION-04"
    sentence = "%(row)s stands in the book twice."


class RequirementRefused(BookRefused):
    """A condition that this kind of bid cannot have."""

    code = "E-AUCTION-05"
    sentence = "%(row)s: %(field)s cannot be asked for by a bid of kind %(kind)s."
