"""What a centre would write into the connectors file, for the one-machine cluster."""

from tests.slurm.lab import layout
from tests.slurm.lab.cluster import SlurmCluster


def table_of(lab: SlurmCluster) -> dict[str, object]:
    """Return what a centre would write into the connectors file."""
    at = lab.at
    return {
        "url": f"http://127.0.0.1:{at.ports['slurmrestd']}",
        "cluster": "lab",
        "partition": "market",
        "gres": "gpu:h800",
        "devices_per_node": layout.DEVICES_PER_NODE,
        "cores_per_node": layout.CORES_PER_NODE,
        "job_users": list(layout.JOB_USERS),
        "job_dir": f"{at.folder}/jobs/{{user}}",
        "data_dir": f"{at.folder}/data/{{user}}",
        "jwt_key_file": str(at.jwt_key),
        "slurm_conf": str(at.conf),
        "python": f"{at.folder}/python",
        "memory_mb_per_core": 200,
    }
