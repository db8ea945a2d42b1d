"""What must hold of the market's time, whatever happened."""

from exchange.invariant import Invariant

INVARIANTS = (
    Invariant(
        "TIME-01",
        "Market time never goes back from one clock row to the next.",
        """SELECT id, market_origin, before FROM (
               SELECT id, market_origin, lag(market_origin) OVER (ORDER BY id) AS before
               FROM timetable_clockrow) rows
           WHERE market_origin < before""",
    ),
)
