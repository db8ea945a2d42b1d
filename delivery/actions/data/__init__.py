"""Data for jobs: taken in, brought to sites, and cleared."""
