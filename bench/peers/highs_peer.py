"""Runs in an environment of its own: HiGHS on a mixed-integer program as it is.

Reads a JSON line of `program` (a file of arrays), `target` (yuan at which to stop, or null),
`seconds` and `nodes` at most; answers with welfare, bound and when each better solution came.
"""

import json
import sys
import time
from typing import Any

import highspy
import numpy as np


def model(arrays: Any) -> Any:
    """Return the program for the solver, columns one after the other."""
    lp = highspy.HighsLp()
    count, rows = len(arrays["yuan"]), len(arrays["most"])
    lp.num_col_, lp.num_row_ = count, rows
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = arrays["yuan"], np.zeros(count), arrays["upper"]
    lp.row_lower_, lp.row_upper_ = np.full(rows, -highspy.kHighsInf), arrays["most"]
    order = np.argsort(arrays["column"], kind="stable")
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.searchsorted(arrays["column"][order], np.arange(count + 1))
    lp.a_matrix_.index_ = arrays["row"][order]
    lp.a_matrix_.value_ = arrays["value"][order]
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[whole] for whole in arrays["whole"].astype(int)]
    return lp


def solve(work: dict[str, Any]) -> dict[str, Any]:
    """Solve until the target, optimality or a limit."""
    solver = highspy.Highs()
    solver.silent()
    begun, busy = time.perf_counter(), time.process_time()
    solver.passModel(model(np.load(work["program"])))
    solver.setOptionValue("time_limit", float(work["seconds"]))
    solver.setOptionValue("mip_rel_gap", 1e-4)
    if work["target"] is not None:
        solver.setOptionValue("objective_target", float(work["target"]))
    better: list[tuple[float, float, float]] = []

    def heard(event: Any) -> None:
        taken = (time.perf_counter() - begun, time.process_time() - busy)
        better.append((*taken, event.data_out.objective_function_value))

    solver.cbMipImprovingSolution += heard
    solver.run()
    told = solver.getInfo()
    return {
        "seconds": time.perf_counter() - begun,
        "cpu_s": time.process_time() - busy,
        "welfare_yuan": told.objective_function_value,
        "bound_yuan": told.mip_dual_bound,
        "status": str(solver.modelStatusToString(solver.getModelStatus())),
        "better": better,
        "highs": solver.version(),
    }


print(json.dumps({"ready": True}), flush=True)
for line in sys.stdin:
    print(json.dumps(solve(json.loads(line))), flush=True)
