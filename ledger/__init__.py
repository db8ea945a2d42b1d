"""The money book: double entry, append-only, with two-phase holds."""
