"""What must hold of members, people, credentials and the audit trail, whatever happened."""

from exchange.invariant import Invariant

INVARIANTS = (
    Invariant(
        "ACCOUNTS-01",
        "The audit chain has no gap: each seal follows the one before and binds its hash.",
        """SELECT sequence FROM (
               SELECT sequence, previous_hash,
                      lag(sequence, 1, 0::bigint) OVER chain AS before,
                      lag(hash, 1, repeat('0', 64)::varchar) OVER chain AS head
               FROM accounts_sealeddeed WINDOW chain AS (ORDER BY sequence)) links
           WHERE sequence <> before + 1 OR previous_hash <> head""",
    ),
    Invariant(
        "ACCOUNTS-02",
        "The chain ends where the newest run of the sealer left it.",
        """SELECT ended.sequence, newest.last_sequence
           FROM (SELECT COALESCE(max(sequence), 0) AS sequence FROM accounts_sealeddeed) ended,
                (SELECT COALESCE(max(last_sequence), 0) AS last_sequence FROM accounts_seal) newest
           WHERE ended.sequence <> newest.last_sequence""",
    ),
    Invariant(
        "ACCOUNTS-03",
        "Every published head is in the chain.",
        """SELECT h.delivery_day FROM accounts_dailyhead h
           WHERE NOT EXISTS (SELECT 1 FROM accounts_sealeddeed s
                             WHERE s.sequence = h.last_sequence AND s.hash = h.hash)""",
    ),
    Invariant(
        "ACCOUNTS-04",
        "A credential acts for a member, and a revoked one has no tokens.",
        """SELECT a.id FROM accounts_apiapplication a
           WHERE a.member_id IS NULL
              OR (a.revoked_at IS NOT NULL AND EXISTS (
                  SELECT 1 FROM oauth2_provider_accesstoken t WHERE t.application_id = a.id))""",
    ),
    Invariant(
        "ACCOUNTS-05",
        "Who decides about a member decided after it applied; who waits was not decided about.",
        """SELECT id, state FROM accounts_member
           WHERE (state = 'APPLIED') <> (decided_at IS NULL) OR decided_at < applied_at""",
    ),
)
