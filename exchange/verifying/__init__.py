"""The auction checked from its rulebook alone: a second implementation that knows no clearing."""

from exchange.verifying.report import Check, Report, report, verify
from exchange.verifying.rows import Finding, Unreadable

__all__ = ["Check", "Finding", "Report", "Unreadable", "report", "verify"]
