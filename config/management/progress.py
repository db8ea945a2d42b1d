"""Progress of long work: a bar on a terminal, a line every tenth elsewhere."""

import sys
from typing import TextIO

WIDTH = 30


class Progress:
    """Counts up to `total` under a label; says where it is, and closes with a line."""

    def __init__(self, label: str, total: int, out: TextIO | None = None) -> None:
        self.label, self.total, self.done = label, max(total, 1), 0
        self.out = out or sys.stderr
        self._tenth = -1

    def step(self, count: int = 1, note: str = "") -> None:
        """Advance, and show the bar when it moved enough."""
        self.done = min(self.total, self.done + count)
        tenth = self.done * 10 // self.total
        if self.out.isatty():
            filled = self.done * WIDTH // self.total
            bar = "█" * filled + "·" * (WIDTH - filled)
            self.out.write(f"\r  {self.label:<22} {bar} {self.done:,}/{self.total:,} {note:<24}")
            if self.done == self.total:
                self.out.write("\n")
        elif tenth != self._tenth:
            self.out.write(f"  {self.label}: {self.done:,} of {self.total:,} {note}\n")
        self._tenth = tenth
        self.out.flush()
