"""A Slurm cluster read by sinfo, squeue and sacct: as commands, here or there, or from files."""

from delivery.adapters.slurm_reader.reader import SlurmReader

__all__ = ["SlurmReader"]
