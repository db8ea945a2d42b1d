"""Measure what was handed over, by a job on each share's node. Nobody waits for it in a worker."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from delivery.adapters.connector import ConnectorFailed, Pending
from delivery.adapters.kubernetes import names
from delivery.adapters.kubernetes.clock import SiteClock
from delivery.adapters.kubernetes.holding import Standing
from delivery.adapters.kubernetes.jobs import Jobs, Order
from delivery.adapters.kubernetes.nodes import Node
from delivery.adapters.kubernetes.options import KubernetesOptions
from delivery.adapters.kubernetes.shares import Placing
from delivery.domain.handover import Measured

MOST_BYTES = 256 * 1024
PROBE = Path(__file__).parent.with_name("probe.py")


@dataclass(frozen=True)
class Acceptance:
    """Runs the probe with all devices of every share whose node is ready."""

    options: KubernetesOptions
    jobs: Jobs
    clock: SiteClock

    def measure(
        self,
        external: str,
        shares: Sequence[int],
        standing: Standing,
        nodes: Mapping[str, Node],
    ) -> Measured:
        """Return devices and GFLOPS of the slowest; nodes that are not ready are not counted.

        Pending until all probes have ended; ConnectorFailed when one ends badly.
        """
        missing: dict[str, str] = {}
        lines: list[dict[str, Any]] = []
        waiting = False
        for share, size in enumerate(shares):
            node = standing.node_of(share)
            if not node or nodes[node].trouble:
                missing[node or f"share {share}"] = nodes[node].trouble if node else "on no node"
            elif not self._has_ended(external, share, size, node):
                waiting = True
            else:
                lines += self._said(external, share)
        if waiting:
            raise Pending("the acceptance test runs")
        figures = [figure for line in lines for figure in line["gflops"]]
        evidence: dict[str, object] = {
            "method": lines[0]["method"] if lines else "none: no node is ready",
            "nodes": lines,
            "nodes_missing": missing,
            "clock_skew_s": self.clock.skew_s,
        }
        found = sum(len(line["devices"]) for line in lines)
        return Measured(found, min(figures, default=0), evidence)

    def _has_ended(self, external: str, share: int, size: int, node: str) -> bool:
        """Start the share's probe unless it was; tell whether it has ended, well."""
        name = names.acceptance_name(share)
        status = self.jobs.status(external, name)
        if not status.known:
            argv = (self.options.python, "-c", PROBE.read_text())
            placing = Placing((node,), size)
            self.jobs.submit(Order(external, name, argv, placing, self.options.acceptance_wait_s))
            return False
        if status.running:
            return False
        if status.exit_code != 0 or status.reason:
            output = self.jobs.log(external, name, 0, MOST_BYTES).decode(errors="replace")
            self.jobs.remove(external, name)
            how = f"{status.exit_code} {status.reason} {output.strip()[-120:]}"
            msg = f"the acceptance test on {node} ended with {how}"
            raise ConnectorFailed(msg)
        return True

    def _said(self, external: str, share: int) -> list[dict[str, Any]]:
        output = self.jobs.log(external, names.acceptance_name(share), 0, MOST_BYTES)
        rows = output.decode(errors="replace").splitlines()
        return [json.loads(row) for row in rows if row.startswith("{")]
