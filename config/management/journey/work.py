"""Real work for process allocations: each gets one job that this machine runs."""

from datetime import datetime

from delivery.actions import submit_job
from delivery.models import Allocation

# Multiplies matrices for a moment and prints what it found; runs on any Python with numpy.
WORK = (
    "import numpy, time\n"
    "a = numpy.ones((256, 256), dtype=numpy.float32); t = time.monotonic()\n"
    "for k in range(40): b = a @ a\n"
    "print('trace', int(b.trace()), 'after', round(time.monotonic() - t, 3), 's')"
)
VARIANTS = {
    "CPU": ["python3", "-c", WORK],
    "CUDA": ["python3", "train.py", "--device", "cuda"],
    "CANN": ["python3", "train.py", "--device", "npu"],
}
AT_ONCE = 100


def submit_real_work(*, now: datetime) -> int:
    """Submit a job to each delivering process allocation that has none; return how many."""
    waiting = Allocation.objects.filter(
        connector="process", state="DELIVERING", jobs=None
    ).select_related("agreement")[:AT_ONCE]
    for allocation in waiting:
        submit_job(
            member_id=allocation.agreement.buyer_id,
            allocation_id=allocation.pk,
            client_job_id=f"journey-{allocation.pk}",
            name="matrix work",
            variants=VARIANTS,
            devices=1,
            time_limit_s=20,
            now=now,
        )
    return len(waiting)
