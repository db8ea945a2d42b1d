"""What is owed: settlement, invoices, payments, payouts."""
