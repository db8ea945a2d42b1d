"""What must hold of every delivery; each statement returns the rows that break it."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from delivery.domain.allocation_lifecycle import ALLOCATION_LIFECYCLE
from delivery.queries.data_invariants import DATA_INVARIANTS
from delivery.queries.lifecycle_rows import moves_of, states_of
from delivery.queries.link_invariants import LINK_INVARIANTS
from delivery.queries.market_now import MARKET_NOW
from exchange.invariant import Invariant

MOVES, STATES = moves_of(ALLOCATION_LIFECYCLE), states_of(ALLOCATION_LIFECYCLE)
READING_HASH = """encode(sha256(convert_to(concat_ws('|', r.previous_hash, r.sequence,
    to_char(r.interval_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), r.version,
    r.delivered_device_seconds, r.unhealthy_device_seconds, r.quality), 'UTF8')), 'hex')"""
GENESIS = """encode(sha256(convert_to('gridhour readings of gh-' || g.number, 'UTF8')), 'hex')"""

INVARIANTS = (
    Invariant(
        "D-01",
        "Every agreement on devices past its start has an allocation, and none on a link has.",
        f"""SELECT g.id, g.number FROM contracts_agreement g
        JOIN delivery_allocation a ON a.agreement_id = g.id WHERE g.link_trade_id IS NOT NULL
        UNION ALL
        SELECT g.id, g.number FROM contracts_agreement g
        WHERE g.link_trade_id IS NULL AND g.state IN ('IN_FORCE', 'COMPLETED')
          AND g.starts_at + interval '2 hours' <= {MARKET_NOW}
          AND NOT EXISTS (SELECT 1 FROM delivery_allocation a WHERE a.agreement_id = g.id)""",
    ),
    Invariant(
        "D-02",
        "A hand-over is named after its agreement and generation, so that no two live at once.",
        """SELECT a.id, a.external_name FROM delivery_allocation a
        JOIN contracts_agreement g ON g.id = a.agreement_id
        WHERE a.external_name <> 'gh-' || g.number || '-g' || a.generation
           OR a.generation < 1
        UNION ALL
        SELECT min(id), agreement_id::text FROM delivery_allocation
        GROUP BY agreement_id HAVING count(*) > 1""",
    ),
    Invariant(
        "D-03",
        "The chain of readings is unbroken: numbered, linked, hashed and as long as stated.",
        f"""SELECT id, why FROM (
          SELECT r.allocation_id AS id, CASE
            WHEN r.sequence <> row_number() OVER w THEN 'number'
            WHEN r.previous_hash <> COALESCE(lag(r.hash) OVER w, {GENESIS}) THEN 'link'
            WHEN r.hash <> {READING_HASH} THEN 'hash' END AS why
          FROM delivery_reading r JOIN delivery_allocation a ON a.id = r.allocation_id
          JOIN contracts_agreement g ON g.id = a.agreement_id
          WINDOW w AS (PARTITION BY r.allocation_id ORDER BY r.sequence)
        ) AS checked WHERE why IS NOT NULL
        UNION ALL
        SELECT a.id, 'head' FROM delivery_allocation a
        JOIN contracts_agreement g ON g.id = a.agreement_id
        LEFT JOIN delivery_reading r ON r.allocation_id = a.id AND r.sequence = a.chain_length
        WHERE a.chain_head <> COALESCE(r.hash, {GENESIS})
           OR a.chain_length <> (SELECT count(*) FROM delivery_reading c
                                 WHERE c.allocation_id = a.id)""",
    ),
    Invariant(
        "D-04",
        "A seal counts what its quarters say, and never more than was contracted.",
        """SELECT s.id, s.delivered_device_seconds FROM delivery_sealedusage s
        JOIN delivery_allocation a ON a.id = s.allocation_id
        WHERE s.delivered_device_seconds > s.contracted_device_seconds
           OR s.contracted_device_seconds <> a.devices::bigint * 3600
           OR s.delivered_device_seconds <> LEAST(s.contracted_device_seconds,
                (SELECT COALESCE(sum(q), 0) FROM unnest(s.quarter_device_seconds) q))
           OR s.hour_start < a.starts_at OR s.hour_start >= a.ends_at""",
    ),
    Invariant(
        "D-05",
        "Every quarter of a sealed hour has a reading, or is marked as estimated.",
        """SELECT s.id, s.hour_start FROM delivery_sealedusage s
        LEFT JOIN (SELECT allocation_id, date_trunc('hour', interval_start, 'UTC') AS hour_start,
                     count(DISTINCT interval_start) AS quarters
                   FROM delivery_reading GROUP BY 1, 2) r
          ON r.allocation_id = s.allocation_id AND r.hour_start = s.hour_start
        WHERE 4 - s.estimated_intervals > COALESCE(r.quarters, 0)
           OR cardinality(s.quarter_device_seconds) <> 4
           OR s.estimated_intervals <> cardinality(array_positions(s.estimated, true))""",
    ),
    Invariant(
        "D-06",
        "Every move of an allocation is one that the table permits, and it stands where it moved.",
        f"""SELECT id, kind FROM (
          SELECT allocation_id AS id, kind,
            lag(kind) OVER (PARTITION BY allocation_id ORDER BY id) AS before
          FROM delivery_allocationevent WHERE kind IN ({STATES})) AS moves
        WHERE (before IS NULL AND kind <> '{ALLOCATION_LIFECYCLE.start}')
           OR (before IS NOT NULL AND (before, kind) NOT IN (VALUES {MOVES}))
        UNION ALL
        SELECT a.id, a.state FROM delivery_allocation a
        WHERE a.state IS DISTINCT FROM (SELECT e.kind FROM delivery_allocationevent e
          WHERE e.allocation_id = a.id AND e.kind IN ({STATES}) ORDER BY e.id DESC LIMIT 1)""",
    ),
    Invariant(
        "D-07",
        "Hours are sealed in order, without a gap.",
        """SELECT a.id, h FROM delivery_allocation a CROSS JOIN LATERAL
          generate_series(a.starts_at, a.sealed_until - interval '1 hour', interval '1 hour') h
        WHERE NOT EXISTS (SELECT 1 FROM delivery_sealedusage s
          WHERE s.allocation_id = a.id AND s.hour_start = h AND s.run = 'II')""",
    ),
    Invariant(
        "D-08",
        "No reading is outside its window, off the quarter-hour or beyond the devices.",
        """SELECT r.id, r.interval_start FROM delivery_reading r
        JOIN delivery_allocation a ON a.id = r.allocation_id
        WHERE r.interval_start < a.starts_at
           OR r.interval_start + interval '15 minutes' > a.ends_at
           OR extract(epoch FROM r.interval_start)::bigint % 900 <> 0
           OR r.delivered_device_seconds + r.unhealthy_device_seconds > a.devices::bigint * 900""",
    ),
    Invariant(
        "D-09",
        "Nothing is delivered before an acceptance test has passed.",
        """SELECT a.id, a.state FROM delivery_allocation a
        WHERE a.state IN ('ACCEPTED', 'DELIVERING', 'INTERRUPTED', 'COMPLETED')
          AND NOT EXISTS (SELECT 1 FROM delivery_acceptancetest t
            WHERE t.allocation_id = a.id AND t.passed)""",
    ),
    Invariant(
        "D-10",
        "No allocation outlives the deadline of its state.",
        f"""SELECT a.id, a.state FROM delivery_allocation a
        WHERE (a.state IN ('PLANNED', 'PROVISIONING', 'ACCEPTED')
            AND LEAST(a.starts_at + interval '3 hours', a.ends_at + interval '2 hours')
              <= {MARKET_NOW})
           OR (a.state IN ('DELIVERING', 'INTERRUPTED')
            AND COALESCE(a.recalled_from, a.ends_at) + interval '3 hours' <= {MARKET_NOW})""",
    ),
    Invariant(
        "D-11",
        "Every batch is signed over the hash of a reading that it brought.",
        """SELECT b.id, b.head FROM delivery_readingbatch b
        WHERE NOT EXISTS (SELECT 1 FROM delivery_reading r
          WHERE r.batch_id = b.id AND r.hash = b.head)""",
    ),
    Invariant(
        "D-12",
        "Running jobs take no more devices than the delivery has, and end with it.",
        """SELECT a.id, sum(j.devices) FROM delivery_allocation a
        JOIN delivery_job j ON j.allocation_id = a.id AND j.state = 'RUNNING'
        GROUP BY a.id, a.devices, a.state
        HAVING sum(j.devices) > a.devices OR a.state IN ('PLANNED', 'PROVISIONING', 'COMPLETED',
          'RECALLED')""",
    ),
    Invariant(
        "D-13",
        "A job's output is numbered without gaps.",
        """SELECT job_id, count(*) FROM delivery_joblog GROUP BY job_id
        HAVING max(sequence) <> count(*) OR min(sequence) <> 1""",
    ),
    Invariant(
        "D-14",
        "A gang runs whole or waits whole.",
        """SELECT g.id, count(*) FROM delivery_jobgroup g
        JOIN delivery_job j ON j.group_id = g.id
        WHERE g.kind = 'GANG' GROUP BY g.id
        HAVING bool_or(j.state = 'RUNNING') AND bool_or(j.state = 'QUEUED')""",
    ),
    Invariant(
        "D-15",
        "Only recallable capacity is recalled, and no recall shortens its notice.",
        """SELECT a.id, a.recalled_from FROM delivery_allocation a
        JOIN LATERAL (SELECT v.terms FROM contracts_agreementversion v
          WHERE v.agreement_id = a.agreement_id ORDER BY v.version DESC LIMIT 1) v ON true
        WHERE a.recalled_from IS NOT NULL AND (v.terms->>'firmness' <> 'RECALLABLE'
           OR a.recalled_from < a.recall_asked_at
              + (v.terms->>'recall_notice_minutes')::int * interval '1 minute')
        UNION ALL
        SELECT a.id, a.state_since FROM delivery_allocation a
        WHERE a.state = 'RECALLED'
          AND (a.recalled_from IS NULL OR a.state_since < a.recalled_from)""",
    ),
    Invariant(
        "D-16",
        "A substitute is the same buyer's, of another owner than every seller before it, equal or"
        " better, and covers the rest of the window; what it replaces has failed.",
        """SELECT t.id, g.number FROM delivery_substitution t
        JOIN delivery_allocation a ON a.id = t.of_allocation_id
        JOIN contracts_agreement g ON g.id = a.agreement_id
        JOIN contracts_agreement r ON r.id = t.replacement_id
        JOIN marketplace_trade n ON n.id = r.trade_id
        JOIN marketplace_pool p ON p.id = a.pool_id JOIN marketplace_chipmodel c ON c.id = p.chip_id
        JOIN marketplace_pool q ON q.id = n.pool_id JOIN marketplace_chipmodel d ON d.id = q.chip_id
        JOIN accounts_member s ON s.id = g.seller_id JOIN accounts_member o ON o.id = n.seller_id
        WHERE r.buyer_id <> g.buyer_id OR a.state <> 'FAILED'
           OR (n.starts_at, n.ends_at) <> (t.covers_from, a.ends_at)
           OR n.devices < a.devices OR n.gflops_per_device < a.gflops_per_device
           OR d.stack <> c.stack OR d.memory_gb < c.memory_gb
           OR q.scale_out_gbps < p.scale_out_gbps OR s.id = o.id
           OR (s.beneficial_owner <> '' AND s.beneficial_owner = o.beneficial_owner)""",
    ),
    Invariant(
        "D-17",
        "No substitution outlives its window, and chains are numbered from one.",
        f"""SELECT t.id, t.state FROM delivery_substitution t
        WHERE t.state IN ('SEEKING', 'ORDERED') AND t.ends_at + interval '3 hours' <= {MARKET_NOW}
        UNION ALL
        SELECT t.id, t.attempt::text FROM delivery_substitution t
        JOIN delivery_allocation a ON a.id = t.of_allocation_id
        LEFT JOIN delivery_substitution b ON b.replacement_id = a.agreement_id
        WHERE t.attempt <> COALESCE(b.attempt, 0) + 1""",
    ),
    *LINK_INVARIANTS,
    *DATA_INVARIANTS,
)
