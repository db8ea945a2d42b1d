"""What waits for an invoice, and who may read which."""

from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from billing.domain.invoicing import (
    InvoiceKey,
    day_is_over,
    days_waited_for,
    patience_is_over,
    patience_with_ourselves_is_over,
)
from billing.models import Invoice
from exchange.window import day_start

# What was settled and what was invoiced, as one list; where they differ, paper is missing.
MISSING = """
SELECT issuer, customer, day FROM (
    SELECT g.seller_id AS issuer, g.buyer_id AS customer,
           (s.hour_start AT TIME ZONE 'Asia/Shanghai')::date AS day,
           s.value_micros AS net, s.vat_micros AS vat
    FROM billing_settlement s JOIN contracts_agreement g ON g.id = s.agreement_id
    UNION ALL
    SELECT NULL, g.seller_id, (s.hour_start AT TIME ZONE 'Asia/Shanghai')::date,
           s.fee_micros, s.fee_vat_micros
    FROM billing_settlement s JOIN contracts_agreement g ON g.id = s.agreement_id
    UNION ALL
    SELECT i.issuer_id, i.customer_id, i.delivery_day, -l.net_micros, -l.vat_micros
    FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
    WHERE l.kind <> 'DAMAGES'
) t WHERE day < (%s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date
GROUP BY 1, 2, 3 HAVING sum(net) <> 0 OR sum(vat) <> 0
"""
DUE = MISSING + "ORDER BY 3, 1 NULLS LAST, 2 LIMIT %s"
# Whose paper it is, or who pays the exchange's fee with it.
SELLERS_MISSING = f"SELECT DISTINCT COALESCE(issuer, customer), day FROM ({MISSING}) AS missing"  # noqa: S608
UNSETTLED = """
SELECT DISTINCT g.seller_id, g.buyer_id FROM contracts_agreement g
WHERE g.state = 'IN_FORCE' AND g.starts_at < %(end)s AND g.ends_at > %(start)s
  AND (SELECT count(DISTINCT s.hour_start) FROM billing_settlement s
       WHERE s.agreement_id = g.id AND s.hour_start >= %(start)s AND s.hour_start < %(end)s)
    < extract(epoch FROM least(g.ends_at, %(end)s) - greatest(g.starts_at, %(start)s)) / 3600
"""
# The hours that we could seal or settle; what failed to settle is no longer ours to wait for.
OURS = """
  AND EXISTS (
    SELECT 1 FROM delivery_allocation a WHERE a.agreement_id IN (g.id, (
      SELECT d.id FROM contracts_agreement d
      JOIN marketplace_linktrade k ON k.trade_id = d.trade_id WHERE k.id = g.link_trade_id))
    AND NOT EXISTS (SELECT 1 FROM delivery_linkdelivery o WHERE o.agreement_id = g.id)
    AND (a.sealed_until < least(a.ends_at, %(end)s) OR EXISTS (
      SELECT 1 FROM delivery_sealedusage u
      WHERE u.allocation_id = a.id AND u.hour_start >= %(start)s AND u.hour_start < %(end)s
        AND NOT EXISTS (SELECT 1 FROM billing_settlement s
                        WHERE s.usage_id = u.id AND s.agreement_id = g.id)
        AND NOT EXISTS (SELECT 1 FROM billing_attempt t WHERE t.key = 'settle:' || u.id)))
    UNION ALL
    SELECT 1 FROM delivery_linkdelivery d WHERE d.agreement_id = g.id
    AND (d.sealed_until < least(d.ends_at, %(end)s) OR EXISTS (
      SELECT 1 FROM delivery_sealedlinkhour u
      WHERE u.link_delivery_id = d.id AND u.hour_start >= %(start)s AND u.hour_start < %(end)s
        AND NOT EXISTS (SELECT 1 FROM billing_settlement s WHERE s.link_hour_id = u.id)
        AND NOT EXISTS (SELECT 1 FROM billing_attempt t
                        WHERE t.key = 'settle-link:' || u.id))))
"""


def invoices_due(now: datetime, limit: int) -> list[InvoiceKey]:
    """Return whose papers are missing for delivery days that ended, oldest day first.

    A pair with hours that are still to be settled waits for them, but not for ever.
    """
    with connection.cursor() as cursor:
        cursor.execute(DUE, [now, limit])
        keys = [InvoiceKey(*row) for row in cursor.fetchall()]
    waiting = {day: _waiting(day, now) for day in {key.delivery_day for key in keys}}
    return [
        key
        for key in keys
        if day_is_over(key.delivery_day, now)
        and not any(_concerns(key, *pair) for pair in waiting[key.delivery_day])
    ]


def papers_to_come(now: datetime) -> set[tuple[int, date]]:
    """Return sellers and ended days that will have more papers, as far as is known now.

    Days for which the house has no patience left are not among them: what comes then is late.
    """
    days = days_waited_for(now)
    with connection.cursor() as cursor:
        cursor.execute(SELLERS_MISSING, [now])
        found = {(int(seller), day) for seller, day in cursor.fetchall() if day in days}
    for day in days:
        found |= {(seller, day) for seller, _ in _waiting(day, now)}
    return found


def _concerns(key: InvoiceKey, seller_id: int, buyer_id: int) -> bool:
    if key.issuer_id is None:
        return key.customer_id == seller_id
    return (key.issuer_id, key.customer_id) == (seller_id, buyer_id)


def _waiting(day: date, now: datetime) -> list[tuple[int, int]]:
    if patience_with_ourselves_is_over(day, now):
        return []
    statement = UNSETTLED + OURS if patience_is_over(day, now) else UNSETTLED
    with connection.cursor() as cursor:
        bounds = {"start": day_start(day), "end": day_start(day + timedelta(days=1))}
        cursor.execute(statement, bounds)
        return [(int(seller), int(buyer)) for seller, buyer in cursor.fetchall()]


def invoices_of(member_id: int) -> QuerySet[Invoice]:
    """Return the invoices that a member issued or received, newest first."""
    parties = Q(issuer_id=member_id) | Q(customer_id=member_id)
    return Invoice.objects.filter(parties).select_related("issuer", "customer")


def invoice_for(member_id: int, number: str) -> Invoice | None:
    """Return the member's invoice of that number; none for strangers."""
    return invoices_of(member_id).filter(number=number).first()
