"""What must hold of every link's delivery; each statement returns the rows that break it."""

# ruff: noqa: S608 - the statements are built of constants of the code only

from contracts.domain.link_terms import OWN_METER_RULE
from delivery.domain.link_lifecycle import LINK_DELIVERY_LIFECYCLE
from delivery.queries.lifecycle_rows import moves_of, states_of
from delivery.queries.market_now import MARKET_NOW
from exchange.invariant import Invariant

MOVES, STATES = moves_of(LINK_DELIVERY_LIFECYCLE), states_of(LINK_DELIVERY_LIFECYCLE)
HASH = """encode(sha256(convert_to(concat_ws('|', r.previous_hash, r.sequence,
    to_char(r.interval_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), r.version,
    r.available_gbps_seconds, r.moved_mb, r.quality), 'UTF8')), 'hex')"""
GENESIS = """encode(sha256(convert_to('gridhour link readings of ' || d.external_name,
    'UTF8')), 'hex')"""

LINK_INVARIANTS = (
    Invariant(
        "D-LINK-01",
        "Every agreement on a link with a meter of its own past its start has a delivery named"
        " after it, and no other agreement has.",
        f"""SELECT d.id, d.external_name FROM delivery_linkdelivery d
        JOIN contracts_agreement g ON g.id = d.agreement_id
        LEFT JOIN marketplace_linktrade k ON k.id = g.link_trade_id
        WHERE k.id IS NULL OR d.external_name <> 'gh-' || g.number
           OR (d.gbps, d.gb, d.link_id) <> (k.gbps, k.gb, k.link_id)
           OR (d.starts_at, d.ends_at) <> (g.starts_at, g.ends_at)
        UNION ALL
        SELECT g.id, g.number FROM contracts_agreement g
        JOIN contracts_agreementversion v ON v.agreement_id = g.id
        WHERE g.link_trade_id IS NOT NULL AND v.terms->>'metering_rule' = '{OWN_METER_RULE}'
          AND g.state IN ('IN_FORCE', 'COMPLETED')
          AND g.starts_at + interval '2 hours' <= {MARKET_NOW}
          AND NOT EXISTS (SELECT 1 FROM delivery_linkdelivery d WHERE d.agreement_id = g.id)""",
    ),
    Invariant(
        "D-LINK-02",
        "The chain of a link's readings is unbroken: numbered, linked, hashed and as long as"
        " stated.",
        f"""SELECT id, why FROM (
          SELECT d.id, CASE
            WHEN r.sequence <> row_number() OVER w THEN 'number'
            WHEN r.previous_hash <> COALESCE(lag(r.hash) OVER w, {GENESIS}) THEN 'link'
            WHEN r.hash <> {HASH} THEN 'hash' END AS why
          FROM delivery_linkreading r JOIN delivery_linkdelivery d ON d.id = r.link_delivery_id
          WINDOW w AS (PARTITION BY r.link_delivery_id ORDER BY r.sequence)
        ) AS checked WHERE why IS NOT NULL
        UNION ALL
        SELECT d.id, 'head' FROM delivery_linkdelivery d
        LEFT JOIN delivery_linkreading r
          ON r.link_delivery_id = d.id AND r.sequence = d.chain_length
        WHERE d.chain_head <> COALESCE(r.hash, {GENESIS})
           OR d.chain_length <> (SELECT count(*) FROM delivery_linkreading c
                                 WHERE c.link_delivery_id = d.id)""",
    ),
    Invariant(
        "D-LINK-03",
        "A link's seal counts what its quarters say, never more than was bought, and marks every"
        " quarter that nobody read.",
        """SELECT s.id, s.hour_start FROM delivery_sealedlinkhour s
        JOIN delivery_linkdelivery d ON d.id = s.link_delivery_id
        LEFT JOIN LATERAL (SELECT count(DISTINCT r.interval_start) AS quarters
          FROM delivery_linkreading r WHERE r.link_delivery_id = s.link_delivery_id
            AND r.interval_start >= s.hour_start
            AND r.interval_start < s.hour_start + interval '1 hour') c ON true
        WHERE s.contracted_gbps_seconds <> d.gbps::bigint * 3600
           OR s.available_gbps_seconds <> LEAST(s.contracted_gbps_seconds,
                (SELECT COALESCE(sum(q), 0) FROM unnest(s.quarter_gbps_seconds) q))
           OR s.moved_mb <> (SELECT COALESCE(sum(q), 0) FROM unnest(s.quarter_mb) q)
           OR 4 <> ALL(ARRAY[cardinality(s.quarter_gbps_seconds), cardinality(s.quarter_mb),
                             cardinality(s.estimated)])
           OR cardinality(array_positions(s.estimated, false)) > c.quarters
           OR s.hour_start < d.starts_at OR s.hour_start >= d.ends_at""",
    ),
    Invariant(
        "D-LINK-04",
        "Hours of links are sealed in order, without a gap.",
        """SELECT d.id, h FROM delivery_linkdelivery d CROSS JOIN LATERAL
          generate_series(d.starts_at, d.sealed_until - interval '1 hour', interval '1 hour') h
        WHERE NOT EXISTS (SELECT 1 FROM delivery_sealedlinkhour s
          WHERE s.link_delivery_id = d.id AND s.hour_start = h AND s.run = 'II')""",
    ),
    Invariant(
        "D-LINK-05",
        "No reading of a link is outside its window, off the quarter-hour or beyond the link.",
        """SELECT r.id, r.interval_start FROM delivery_linkreading r
        JOIN delivery_linkdelivery d ON d.id = r.link_delivery_id
        WHERE r.interval_start < d.starts_at
           OR r.interval_start + interval '15 minutes' > d.ends_at
           OR extract(epoch FROM r.interval_start)::bigint % 900 <> 0
           OR r.available_gbps_seconds > d.gbps::bigint * 900
           OR r.moved_mb > d.widest_gbps::bigint * 900 * 125""",
    ),
    Invariant(
        "D-LINK-06",
        "Every move of a link's delivery is one that the table permits, it stands where it moved,"
        " and nothing is delivered before a test has passed.",
        f"""SELECT id, kind FROM (
          SELECT link_delivery_id AS id, kind,
            lag(kind) OVER (PARTITION BY link_delivery_id ORDER BY id) AS before
          FROM delivery_linkevent WHERE kind IN ({STATES})) AS moves
        WHERE (before IS NULL AND kind <> '{LINK_DELIVERY_LIFECYCLE.start}')
           OR (before IS NOT NULL AND (before, kind) NOT IN (VALUES {MOVES}))
        UNION ALL
        SELECT d.id, d.state FROM delivery_linkdelivery d
        WHERE d.state IS DISTINCT FROM (SELECT e.kind FROM delivery_linkevent e
          WHERE e.link_delivery_id = d.id AND e.kind IN ({STATES}) ORDER BY e.id DESC LIMIT 1)
        UNION ALL
        SELECT d.id, d.state FROM delivery_linkdelivery d
        WHERE d.state IN ('ACCEPTED', 'DELIVERING', 'COMPLETED')
          AND NOT EXISTS (SELECT 1 FROM delivery_linktest t
            WHERE t.link_delivery_id = d.id AND t.passed)""",
    ),
    Invariant(
        "D-LINK-07",
        "No delivery of a link outlives the deadline of its state.",
        f"""SELECT d.id, d.state FROM delivery_linkdelivery d
        WHERE (d.state IN ('PLANNED', 'PROVISIONING', 'ACCEPTED')
            AND LEAST(d.starts_at + interval '3 hours', d.ends_at + interval '2 hours')
              <= {MARKET_NOW})
           OR (d.state = 'DELIVERING' AND d.ends_at + interval '3 hours' <= {MARKET_NOW})""",
    ),
)
