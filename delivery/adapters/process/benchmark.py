"""The acceptance test: dense FP32 matrix products, one thread a device. Runs as a job.

Each device's figure is compute per second of its own processor time, so that what else the
machine does at that moment does not count against the site; wall time is kept beside it.
"""

import json
import sys
import threading
import time

import numpy as np

SIZE = 512
ROUNDS = 4
OPERATIONS = 2 * SIZE**3

Figure = dict[str, int]


def measure(figures: list[Figure]) -> None:
    """Append one device's best figure, in whole GFLOPS."""
    a = np.ones((SIZE, SIZE), dtype=np.float32)
    b = np.full((SIZE, SIZE), 0.5, dtype=np.float32)
    best, wall = 0, 0
    for _ in range(ROUNDS):
        cpu_from, wall_from = time.thread_time_ns(), time.perf_counter_ns()
        product = a @ b
        cpu_ns = max(1, time.thread_time_ns() - cpu_from)
        wall_ns = max(1, time.perf_counter_ns() - wall_from)
        if product[0, 0] != SIZE / 2:
            return
        best, wall = max(best, OPERATIONS // cpu_ns), max(wall, OPERATIONS // wall_ns)
    figures.append({"gflops": best, "gflops_by_wall": wall})


def main(devices: int) -> None:
    """Measure all devices at once and print one line of JSON."""
    figures: list[Figure] = []
    threads = [threading.Thread(target=measure, args=(figures,)) for _ in range(devices)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"size": SIZE, "rounds": ROUNDS, "devices": figures}))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]))
