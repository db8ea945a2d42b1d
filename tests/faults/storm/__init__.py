"""Kill -9 of engines and PostgreSQL under load, and the checks of what was promised meanwhile."""
