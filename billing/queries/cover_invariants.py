"""What must hold between a substitute, the agreement that it replaces, and who pays."""

from exchange.invariant import Invariant

COVERS = (
    Invariant(
        "BILLING-24",
        "The seller in default bears what a substitute costs more, all of it and no more, and at"
        " most the cap of its damages.",
        """SELECT t.id, t.cost_micros, n.held_micros FROM delivery_substitution t
           JOIN contracts_agreement r ON r.id = t.replacement_id
           JOIN marketplace_trade n ON n.id = r.trade_id
           WHERE t.cost_micros <> greatest(0, n.held_micros - t.share_micros)
              OR t.cost_micros > t.cap_micros""",
    ),
    Invariant(
        "BILLING-25",
        "In the hours of a substitute the replaced agreement costs its buyer nothing, and its"
        " seller what the substitute costs more.",
        """SELECT g.number, t.cost_micros, p.value, p.damages FROM delivery_substitution t
           JOIN delivery_allocation a ON a.id = t.of_allocation_id
           JOIN contracts_agreement g ON g.id = a.agreement_id
           CROSS JOIN LATERAL (
               SELECT COALESCE(sum(s.value_micros), 0) AS value,
                      COALESCE(sum(s.damages_micros), 0) AS damages,
                      count(DISTINCT s.hour_start) AS hours
               FROM billing_settlement s
               WHERE s.agreement_id = g.id AND s.hour_start >= t.covers_from) p
           WHERE t.state = 'REPLACED' AND (p.value <> 0 OR p.damages > t.cost_micros
              OR (g.state = 'COMPLETED' AND p.damages <> t.cost_micros))""",
    ),
)
