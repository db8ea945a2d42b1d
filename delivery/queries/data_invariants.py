"""What must hold of data for jobs; each statement returns the rows that break it."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from delivery.queries.market_now import MARKET_NOW
from exchange.invariant import Invariant

DATA_INVARIANTS = (
    Invariant(
        "D-DATA-01",
        "Of a file is kept what its row says, in pieces numbered from nought; of cleared data"
        " nothing.",
        """SELECT f.id, f.name FROM delivery_datafile f
        JOIN delivery_dataset d ON d.id = f.dataset_id
        LEFT JOIN LATERAL (SELECT count(*) AS pieces, max(p.number) AS last,
            sum(octet_length(p.content)) AS bytes
          FROM delivery_datapiece p WHERE p.file_id = f.id) k ON true
        WHERE (d.state = 'CLEARED' AND k.pieces > 0)
           OR (d.state <> 'CLEARED' AND f.uploaded_bytes <> COALESCE(k.bytes, 0))
           OR (d.state <> 'CLEARED' AND f.is_whole AND k.pieces <> k.last + 1)""",
    ),
    Invariant(
        "D-DATA-02",
        "A dataset is at a site only when all its files are whole, and staged only when all of"
        " each is there.",
        """SELECT d.id, f.name FROM delivery_dataset d
        JOIN delivery_datafile f ON f.dataset_id = d.id
        WHERE (d.state IN ('UPLOADED', 'STAGING', 'STAGED', 'FAILED') AND NOT f.is_whole)
           OR (d.state = 'STAGED' AND f.staged_bytes <> f.size_bytes)
           OR (d.state = 'UPLOADED' AND f.staged_bytes <> 0)""",
    ),
    Invariant(
        "D-DATA-03",
        "No data outlives its delivery.",
        f"""SELECT d.id, d.name FROM delivery_dataset d
        JOIN delivery_allocation a ON a.id = d.allocation_id
        WHERE d.state <> 'CLEARED' AND a.state IN ('COMPLETED', 'RECALLED', 'FAILED')
          AND a.ends_at + interval '3 hours' <= {MARKET_NOW}""",
    ),
)
