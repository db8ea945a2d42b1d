"""The journey: one market day from listing to payout, with a stepped clock."""
