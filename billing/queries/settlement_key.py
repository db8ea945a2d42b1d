"""The key of a settlement's posting, as the database writes it.

The settlement is `s`, its agreement `g`; as `billing.domain.settlement_posting` writes it.
"""

KEY = """coalesce('settlement:L' || s.link_hour_id, 'settlement:' || s.usage_id
    || CASE WHEN g.link_trade_id IS NULL THEN ''
            ELSE ':link' || substring(g.number FROM '-L([0-9]*)$') END)"""
