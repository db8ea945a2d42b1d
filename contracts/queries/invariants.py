"""The room's promises, each checked by one query that returns the rows that break it."""

from exchange.invariant import Invariant

# The stored JSON is flat, so the database can write it canonically: sorted names, no
# spaces. It must give the hash that was stored, and the one that was signed.
CANONICAL = """
    '{' || (
        SELECT string_agg(to_json(pair.key)::text || ':' || pair.value::text, ','
                          ORDER BY pair.key COLLATE "C")
        FROM jsonb_each(version.terms) AS pair
    ) || '}'
"""

INVARIANTS = (
    Invariant(
        "CONTRACTS-01",
        "Each agreement is its trade's, or its link's: same parties, window and number.",
        """
        SELECT agreement.id FROM contracts_agreement AS agreement
        JOIN marketplace_trade AS trade ON trade.id = agreement.trade_id
        WHERE (agreement.buyer_id, agreement.seller_id, agreement.starts_at, agreement.ends_at)
              <> (trade.buyer_id, trade.seller_id, trade.starts_at, trade.ends_at)
           OR agreement.number NOT LIKE 'GH-%-' || lpad(trade.id::text, 6, '0')
        UNION ALL
        SELECT agreement.id FROM contracts_agreement AS agreement
        JOIN marketplace_linktrade AS link ON link.id = agreement.link_trade_id
        WHERE (agreement.buyer_id, agreement.seller_id, agreement.starts_at, agreement.ends_at)
              <> (link.buyer_id, link.carrier_id, link.starts_at, link.ends_at)
           OR agreement.number
              !~ ('^GH-[0-9]+-' || lpad(link.trade_id::text, 6, '0') || '-L[0-9]*$')
        """,
    ),
    Invariant(
        "CONTRACTS-02",
        "Every trade older than an hour has exactly one agreement.",
        """
        SELECT trade.id FROM marketplace_trade AS trade
        LEFT JOIN contracts_agreement AS agreement ON agreement.trade_id = trade.id
        GROUP BY trade.id
        HAVING count(agreement.id) > 1
            OR (count(agreement.id) = 0 AND trade.traded_at < (
                SELECT max(latest.traded_at) FROM marketplace_trade AS latest
            ) - interval '1 hour')
        """,
    ),
    Invariant(
        "CONTRACTS-03",
        "The stored terms give the stored hash.",
        f"""
        SELECT version.id FROM contracts_agreementversion AS version
        WHERE encode(sha256(convert_to({CANONICAL}, 'UTF8')), 'hex') <> version.terms_sha256
        """,  # noqa: S608 - a constant
    ),
    Invariant(
        "CONTRACTS-04",
        "The terms say what the trade says: devices, price, factor and VAT.",
        """
        SELECT version.id FROM contracts_agreementversion AS version
        JOIN contracts_agreement AS agreement ON agreement.id = version.agreement_id
        JOIN marketplace_trade AS trade ON trade.id = agreement.trade_id
        WHERE (version.terms->>'devices')::bigint <> trade.devices
           OR (version.terms->>'price_micros')::bigint <> trade.price_micros
           OR coalesce(version.terms->>'hour_prices', '')
              <> coalesce(array_to_string(trade.hour_prices_micros, ','), '')
           OR (version.terms->>'gflops_per_device')::bigint <> trade.gflops_per_device
           OR (version.terms->>'vat_bp')::bigint <> trade.vat_bp
           OR (version.terms->>'trade_id')::bigint <> trade.id
        """,
    ),
    Invariant(
        "CONTRACTS-05",
        "Every signature is a party's, under its version's hash.",
        """
        SELECT signature.id FROM contracts_signature AS signature
        JOIN contracts_agreementversion AS version ON version.id = signature.version_id
        JOIN contracts_agreement AS agreement ON agreement.id = version.agreement_id
        WHERE signature.signed_sha256 <> version.terms_sha256
           OR signature.member_id <> CASE signature.party
                WHEN 'BUYER' THEN agreement.buyer_id ELSE agreement.seller_id END
        """,
    ),
    Invariant(
        "CONTRACTS-06",
        "What is or was in force carries both signatures under its newest version.",
        """
        SELECT agreement.id FROM contracts_agreement AS agreement
        WHERE agreement.in_force_at IS NOT NULL AND 2 <> (
            SELECT count(*) FROM contracts_signature AS signature
            WHERE signature.version_id = (
                SELECT version.id FROM contracts_agreementversion AS version
                WHERE version.agreement_id = agreement.id ORDER BY version.version DESC LIMIT 1
            )
        )
        """,
    ),
    Invariant(
        "CONTRACTS-07",
        "Nobody buys from oneself.",
        """
        SELECT agreement.id FROM contracts_agreement AS agreement
        WHERE agreement.buyer_id = agreement.seller_id
        """,
    ),
    Invariant(
        "CONTRACTS-08",
        "States are legal: their dates fit, and versions count from one without gaps.",
        """
        SELECT agreement.id FROM contracts_agreement AS agreement
        LEFT JOIN contracts_agreementversion AS version ON version.agreement_id = agreement.id
        GROUP BY agreement.id
        HAVING count(version.id) <> coalesce(max(version.version), 0)
            OR count(version.id) = 0
            OR agreement.state NOT IN ('DRAFTED', 'IN_FORCE', 'COMPLETED', 'TERMINATED')
            OR (agreement.state = 'DRAFTED' AND agreement.in_force_at IS NOT NULL)
            OR (agreement.state IN ('IN_FORCE', 'COMPLETED') AND agreement.in_force_at IS NULL)
            OR (agreement.state IN ('COMPLETED', 'TERMINATED')) <> (agreement.ended_at IS NOT NULL)
        """,
    ),
    Invariant(
        "CONTRACTS-09",
        "A link that was sold has an agreement when its devices have, and they bind together.",
        """
        SELECT devices.id FROM contracts_agreement AS devices
        JOIN marketplace_linktrade AS link ON link.trade_id = devices.trade_id
        LEFT JOIN contracts_agreement AS agreement ON agreement.link_trade_id = link.id
        WHERE agreement.id IS NULL
           OR agreement.in_force_at IS DISTINCT FROM devices.in_force_at
        """,
    ),
    Invariant(
        "CONTRACTS-10",
        "The terms of a link say what was sold: Gbit/s, GB, prices and VAT.",
        """
        SELECT version.id FROM contracts_agreementversion AS version
        JOIN contracts_agreement AS agreement ON agreement.id = version.agreement_id
        JOIN marketplace_linktrade AS link ON link.id = agreement.link_trade_id
        WHERE (version.terms->>'gbps')::bigint <> link.gbps
           OR (version.terms->>'gb')::bigint <> link.gb
           OR (version.terms->>'price_micros_per_gbps_hour')::bigint
              <> link.price_micros_per_gbps_hour
           OR (version.terms->>'price_micros_per_gb')::bigint <> link.price_micros_per_gb
           OR (version.terms->>'vat_bp')::bigint <> link.vat_bp
           OR (version.terms->>'link_trade_id')::bigint <> link.id
        """,
    ),
)
