"""How the public feed says no: never a wrong figure, always where to start again."""

from exchange.refusal import Refused


class FeedGone(Refused):
    """Increments that are no longer sent: the caller takes a new snapshot."""

    code = "E-FEED-01"
    field = "after"
    status = 410
    sentence = "Increments are sent from number %(first)s on. Start again from a snapshot."

    def __init__(self, *, first: int) -> None:
        self.first = first
        super().__init__(first=first)


class FeedAhead(Refused):
    """A number that the market has not reached: the caller has followed another market."""

    code = "E-FEED-02"
    field = "after"
    status = 410
    sentence = "The market's last number is %(last)s. Start again from a snapshot."
