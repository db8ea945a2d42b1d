"""Ask the cluster which pods of ours had devices, and what is remembered of those that are gone."""

from collections.abc import Sequence
from dataclasses import dataclass

from delivery.adapters.connector import ConnectorFailed
from delivery.adapters.kubernetes import names
from delivery.adapters.kubernetes.api import Api
from delivery.adapters.kubernetes.clock import SKEW_REFUSED_S, SiteClock
from delivery.adapters.kubernetes.holding import Holding, Standing
from delivery.adapters.kubernetes.memory import Memory, Remembered
from delivery.adapters.kubernetes.meter import Span, metered
from delivery.adapters.kubernetes.nodes import Nodes
from delivery.domain.handover import AllocationView, Metered, MeterWindow
from delivery.domain.naming import from_lower_case, generation_of


@dataclass(frozen=True)
class Meter:
    """Reads quarters of a hand-over from the times of its pods."""

    api: Api
    clock: SiteClock
    holding: Holding
    memory: Memory
    nodes: Nodes

    def read(
        self, view: AllocationView, windows: Sequence[MeterWindow]
    ) -> Sequence[Metered | None]:
        """Return each quarter, or None where the site's word is not to be trusted.

        It is not while the API server's clock is off by more than a minute, while a node's is,
        and for the time of a generation whose namespace went without Gridhour.
        """
        spans, unknown_until_s = self._spans(view, self.memory.of(view.external_name))
        known = self.memory.of(view.external_name)
        if abs(self.clock.skew_s) > SKEW_REFUSED_S:
            return [None] * len(windows)
        skew_s = self.clock.skew_s
        return [
            metered(view.devices, spans, known.ill, window, skew_s)
            if window.wall_from.timestamp() + skew_s >= unknown_until_s
            else None
            for window in windows
        ]

    def _spans(self, view: AllocationView, known: Remembered) -> tuple[list[Span], int]:
        """Return what pods had, and until when what they had is not known."""
        living = self._living(view)
        spans: list[Span] = []
        unknown_until_s = 0
        for number in sorted(known.made):
            if number in living and number not in known.held:
                standing = self.holding.look(living[number])
                self.nodes.note(view.external_name, self.nodes.of(standing.pods))
                spans += self.spans_of(standing)
            elif number in known.held:
                spans += known.held[number]
            else:
                later = [at for other, at in known.made.items() if other > number]
                unknown_until_s = min(later, default=self.clock.now_s())
        return spans, unknown_until_s

    def _living(self, view: AllocationView) -> dict[int, str]:
        labels = f"{names.AGREEMENT}={names.memory_of(view.external_name)}"
        rows = self.api.all("Namespace", labels=labels)
        found = [from_lower_case(row["metadata"]["name"]) for row in rows]
        return {generation_of(name): name for name in found if name}

    def spans_of(self, standing: Standing) -> list[Span]:
        """Return what the pods had; ConnectorFailed when a node's clock cannot be right."""
        now_s = self.clock.now_s()
        spans = []
        for pod in standing.pods:
            span = pod.span(now_s)
            if span is None:
                continue
            early = span.from_s < pod.made_s - SKEW_REFUSED_S
            if early or max(span.from_s, pod.ended_s or 0) > now_s + SKEW_REFUSED_S:
                msg = f"the clock of node {pod.node} is off by more than a minute"
                raise ConnectorFailed(msg)
            spans.append(span)
        return spans
