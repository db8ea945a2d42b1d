"""The first transactional order path, kept as it was: what `path.vs_naive_orm` divides by.

A plain Django REST view calls one action that takes the market's row lock, reads the open
listings, matches them with the pure rules of `exchange.book`, writes order, trades, holds,
capacity and events through the ORM, and commits: one transaction an order. The house's own
order path was this until the engine; nothing here is called by the house. It works on the
house's tables (a database of its own) and calls the rooms for what did not change since:
models, rules, the ledger and the audit trail.
"""
