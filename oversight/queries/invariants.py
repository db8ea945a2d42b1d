"""What must hold of oversight, whatever happened."""

from exchange.invariant import Invariant

# A halt that the exchange itself begins says "system:"; people's halts have an intervention.
INVARIANTS = (
    Invariant(
        "OVERSIGHT-01",
        "Every halt was begun by an intervention, or gives a system reason.",
        """SELECT h.id, h.scope, h.reason FROM marketplace_halt h
           WHERE h.reason NOT LIKE 'system:%' AND NOT EXISTS (
               SELECT 1 FROM oversight_intervention i
               WHERE i.halt_id = h.id AND i.kind IN ('HALT', 'EMERGENCY_HALT')
                 AND i.state IN ('IN_EFFECT', 'CONFIRMED', 'DONE', 'EXPIRED'))""",
    ),
    Invariant(
        "OVERSIGHT-02",
        "Every halt that ended was resumed by two people, or lapsed unconfirmed, or gives a"
        " system reason.",
        """SELECT h.id, h.scope, h.resumed_at FROM marketplace_halt h
           WHERE h.resumed_at IS NOT NULL AND h.reason NOT LIKE 'system:%'
             AND NOT EXISTS (
               SELECT 1 FROM oversight_intervention i WHERE i.halt_id = h.id
                 AND ((i.kind = 'RESUME' AND i.state = 'DONE')
                   OR (i.kind = 'EMERGENCY_HALT' AND i.state = 'EXPIRED')))""",
    ),
    Invariant(
        "OVERSIGHT-03",
        "What was confirmed or done has a second person's approval.",
        """SELECT i.id, i.kind, i.state FROM oversight_intervention i
           WHERE i.state IN ('CONFIRMED', 'DONE') AND NOT EXISTS (
               SELECT 1 FROM oversight_interventionapproval a
               WHERE a.intervention_id = i.id AND a.person_id <> i.proposed_by_id)""",
    ),
    Invariant(
        "OVERSIGHT-04",
        "Every approval is of its intervention's proposer, by another, and in time.",
        """SELECT a.id, a.intervention_id FROM oversight_interventionapproval a
           JOIN oversight_intervention i ON i.id = a.intervention_id
           WHERE a.proposed_by_id <> i.proposed_by_id OR a.person_id = i.proposed_by_id
              OR a.approved_at < i.proposed_at OR a.approved_at >= i.expires_at""",
    ),
    Invariant(
        "OVERSIGHT-05",
        "Every finding of an assessment names a version of a rule that exists.",
        """SELECT a.id, f->>'kind' AS kind, f->>'version' AS version
           FROM oversight_assessment a CROSS JOIN LATERAL jsonb_array_elements(a.findings) f
           LEFT JOIN oversight_assessmentrule r
             ON r.kind = f->>'kind' AND r.version = (f->>'version')::integer
           WHERE r.id IS NULL""",
    ),
    Invariant(
        "OVERSIGHT-06",
        "Every verdict is the gravest of its findings; a missing figure is no pass.",
        """SELECT a.id, a.verdict, v.verdict AS expected FROM oversight_assessment a
           CROSS JOIN LATERAL (
               SELECT CASE
                   WHEN bool_or(f->>'verdict' = 'BARRED') THEN 'BARRED'
                   WHEN bool_or(f->>'verdict' = 'FAIL') THEN 'FAIL'
                   WHEN bool_or(f->>'verdict' = 'REVIEW') THEN 'REVIEW'
                   WHEN NOT coalesce(bool_or(f->>'verdict' = 'PASS'), false) THEN 'UNASSESSED'
                   WHEN bool_or(f->>'verdict' = 'UNASSESSED') THEN 'REVIEW'
                   ELSE 'PASS' END AS verdict
               FROM jsonb_array_elements(a.findings) f) v
           WHERE a.verdict <> v.verdict""",
    ),
    Invariant(
        "OVERSIGHT-07",
        "A site and its licence state the same number and province.",
        """SELECT l.number, s.code, s.licence_no FROM oversight_licence l
           JOIN marketplace_site s ON s.id = l.site_id
           JOIN marketplace_zone z ON z.id = s.zone_id
           WHERE (s.licence_no <> '' AND s.licence_no <> l.number) OR l.province <> z.province""",
    ),
)
