"""The acceptance test of the process connector: dense FP32 matrix products, one thread a device.

Each device's figure is compute per second of its own processor time; wall time is kept beside it.
Needs numpy (`pip install gridhour-agent[process]`).
"""

import json
import os
import subprocess
import sys
from typing import Any

from gridhour_agent.connector import ConnectorFailed, Measured

LIMIT_S = 30
# A program of its own: the library's threads are set before it is loaded.
PROGRAM = """
import json, sys, threading, time
import numpy as np
SIZE, ROUNDS = 512, 4
def one(figures):
    a = np.ones((SIZE, SIZE), dtype=np.float32)
    b = np.full((SIZE, SIZE), 0.5, dtype=np.float32)
    best = wall = 0
    for _ in range(ROUNDS):
        cpu_from, wall_from = time.thread_time_ns(), time.perf_counter_ns()
        product = a @ b
        cpu_ns = max(1, time.thread_time_ns() - cpu_from)
        wall_ns = max(1, time.perf_counter_ns() - wall_from)
        if product[0, 0] != SIZE / 2:
            return
        best, wall = max(best, 2 * SIZE**3 // cpu_ns), max(wall, 2 * SIZE**3 // wall_ns)
    figures.append({"gflops": best, "gflops_by_wall": wall})
figures = []
threads = [threading.Thread(target=one, args=(figures,)) for _ in range(int(sys.argv[1]))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(json.dumps(figures))
"""


def measure(devices: int) -> Measured:
    """Measure all devices at once; ConnectorFailed where that cannot be done."""
    one_thread = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        result = subprocess.run(  # noqa: S603  our own program
            [sys.executable, "-c", PROGRAM, str(devices)],
            capture_output=True,
            env={"PATH": os.environ.get("PATH", "")} | one_thread,
            timeout=LIMIT_S,
            check=True,
            text=True,
        )
        figures: list[dict[str, Any]] = json.loads(result.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as failure:
        msg = f"the acceptance test did not run: {failure}"
        raise ConnectorFailed(msg[:200]) from failure
    slowest = min((int(figure["gflops"]) for figure in figures), default=0)
    return Measured(len(figures), slowest, {"method": "GEMM FP32", "devices": figures})
