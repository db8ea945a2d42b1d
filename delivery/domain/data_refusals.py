"""What is refused of data for jobs, each with its code."""

from exchange.refusal import Refused


class CannotStage(Refused):
    """The delivery's connector brings no data to its site."""

    code = "E-DATA-01"
    field = "allocation"
    status = 409
    sentence = "This delivery's connector (%(connector)s) cannot stage data."


class DataShapeRefused(Refused):
    """A name, size or hash is outside what is taken."""

    code = "E-DATA-02"
    sentence = "The dataset cannot be taken: %(detail)s."

    def __init__(self, *, detail: str, field: str = "files") -> None:
        """Name what is wrong, and where."""
        super().__init__(detail=detail)
        self.field = field


class DatasetNameUsed(Refused):
    """A delivery has one dataset of a name, for ever."""

    code = "E-DATA-03"
    field = "name"
    status = 409
    sentence = "This delivery has another dataset named %(name)s."


class TooMuchData(Refused):
    """Deliveries and buyers have a bounded room for data."""

    code = "E-DATA-04"
    field = "files"
    sentence = "There is no room for that: %(what)s, at most %(limit)s."


class PieceDoesNotFit(Refused):
    """Pieces begin at multiples of their size, and are whole but for a file's last."""

    code = "E-DATA-05"
    sentence = "At offset %(offset)s a piece has %(expected)s bytes; %(got)s came."

    def __init__(self, *, field: str, **facts: object) -> None:
        """Say whether the offset or the content is at fault."""
        super().__init__(**facts)
        self.field = field


class PieceDigestDiffers(Refused):
    """What came is not what its sender had hashed."""

    code = "E-DATA-06"
    field = "Content-Digest"
    sentence = "The piece's SHA-256 is not that of Content-Digest; send it again."


class FileIsWhole(Refused):
    """A file that is whole does not change."""

    code = "E-DATA-07"
    field = "content"
    status = 409
    sentence = "The file is whole, and this piece of it is another."


class FileHashDiffers(Refused):
    """All pieces are there, and together they are not the file that was announced."""

    code = "E-DATA-08"
    field = "content"
    status = 409
    sentence = "The file's SHA-256 is %(found)s, not the one announced; its pieces were dropped."


class DeliveryTakesNoData(Refused):
    """Data comes until the delivery ends."""

    code = "E-DATA-09"
    field = "allocation"
    status = 409
    sentence = "This delivery is %(state)s; it takes no data any more."
