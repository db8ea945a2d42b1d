"""The acceptance test's program: runs on each node, standard library at least; prints one line.

Counts the devices that Slurm granted and multiplies matrices: on the accelerators where PyTorch
finds them, else on the processor, one thread a device. The line says which.
"""

import json
import os
import threading
import time

VISIBLE = (
    "CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "ASCEND_RT_VISIBLE_DEVICES",
    "SLURM_STEP_GPUS", "SLURM_JOB_GPUS",
)  # fmt: skip
NOTHING = {"", "NoDevFiles", "void", "none"}
ROUNDS = 4


def granted() -> "list[str]":
    """Return the devices as Slurm names them to this process."""
    for name in VISIBLE:
        value = os.environ.get(name, "")
        if value not in NOTHING:
            return [part for part in value.split(",") if part]
    return []


def on_accelerators(count: int) -> "list[int]":
    """Return each device's GFLOPS in half precision; nothing without PyTorch and its devices."""
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415
    except ImportError:
        return []
    figures, size = [], 8192
    seen = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(min(count, seen)):
        a = torch.ones((size, size), dtype=torch.float16, device=f"cuda:{index}")
        best = 0
        for _ in range(ROUNDS):
            torch.cuda.synchronize(index)
            began = time.perf_counter_ns()
            a @ a
            torch.cuda.synchronize(index)
            best = max(best, 2 * size**3 // max(1, time.perf_counter_ns() - began))
        figures.append(best)
    return figures


def on_processor(count: int) -> "list[int]":
    """Return GFLOPS in single precision per second of each thread's processor time."""
    try:
        import numpy as np  # noqa: PLC0415
    except ImportError:
        return []
    figures: list[int] = []
    size = 512

    def measure() -> None:
        a = np.ones((size, size), dtype=np.float32)
        best, product = 0, a
        for _ in range(ROUNDS):
            began = time.thread_time_ns()
            product = a @ a
            best = max(best, 2 * size**3 // max(1, time.thread_time_ns() - began))
        if product[0, 0] == size:
            figures.append(best)

    threads = [threading.Thread(target=measure) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures


def main() -> None:
    """Print what this node gives."""
    devices = granted()
    figures, method = on_accelerators(len(devices)), "GEMM FP16 on accelerators"
    if not figures:
        figures, method = on_processor(len(devices)), "GEMM FP32 on the processor"
    line = {
        "node": os.environ.get("SLURMD_NODENAME", ""),
        "devices": devices,
        "gflops": figures,
        "method": method if figures else "none: neither PyTorch nor NumPy is there",
    }
    print(json.dumps(line), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
