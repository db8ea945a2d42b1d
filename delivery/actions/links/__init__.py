"""Links handed over by carriers, metered and sealed."""
