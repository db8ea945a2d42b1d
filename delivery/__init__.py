"""What was delivered: allocations, connectors, jobs, readings."""
