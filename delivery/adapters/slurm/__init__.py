"""A centre's Slurm cluster as a site: one account and one reservation a hand-over."""
