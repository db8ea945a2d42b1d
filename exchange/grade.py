"""Grades: how people group chips: software stack × memory tier × fabric tier."""

MEMORY_TIERS_GB = (24, 48, 80)
NODE_GBS = 300
CLUSTER_GBPS = 200


def fabric_tier(scale_up_gbs: int, scale_out_gbps: int) -> str:
    """Return DEVICE, NODE (at least 300 GB/s inside) or CLUSTER (and 200 Gbit/s out of it)."""
    if scale_up_gbs < NODE_GBS:
        return "DEVICE"
    return "CLUSTER" if scale_out_gbps >= CLUSTER_GBPS else "NODE"


def grade_of(*, stack: str, memory_gb: int, scale_up_gbs: int, scale_out_gbps: int) -> str:
    """Return the grade's code, such as `CUDA-80-CLUSTER`; above 80 GB the tier is `MAX`."""
    tier = next((str(top) for top in MEMORY_TIERS_GB if memory_gb <= top), "MAX")
    return f"{stack}-{tier}-{fabric_tier(scale_up_gbs, scale_out_gbps)}"
