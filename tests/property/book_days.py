"""Days of commands, drawn as bytes: by chance alone, plainer ones, and those of auctions."""

from hypothesis import strategies as st

from tests.property.book_commands import WIDTH

_drawn = st.binary(min_size=WIDTH, max_size=WIDTH)


def _plainer(drawn: bytes) -> bytes:
    """Make three choices of four the plainest, so that what is said fits together."""
    return drawn[:1] + bytes(byte if byte % 4 == 0 else 0 for byte in drawn[1:])


def _of_auctions(drawn: bytes) -> bytes:
    """Let one command of three be about auctions."""
    return (bytes([255]) if drawn[1] % 3 == 0 else drawn[:1]) + drawn[1:]


# The shortest day has a dozen commands, of which any may be none at all. Chance alone seldom
# meets in the same place: plainer days and days of auctions find what it would need long for.
days, plainer_days, auction_days = (
    st.lists(drawn, min_size=30, max_size=90)
    for drawn in (_drawn, _drawn.map(_plainer), _drawn.map(_of_auctions))
)
