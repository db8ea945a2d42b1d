"""Break lines of mixed Chinese and Latin text: between Han characters, never inside a word."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

# A Han character takes the closing punctuation behind it along; an opening one leads.
_PIECES = re.compile(
    r"[（《“‘「【]*[\u2e80-\u9fff\uf900-\ufaff][，。；：、）》”’」】！？…·]*"
    r"|[^\s\u2e80-\u9fff（《“‘「【]+[，。；：、）》”’」】！？]*"
    r"|\s+|."
)


def wrap(text: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    """Return the lines of `text` that fit the width; a word wider than a line is cut."""
    measured = lru_cache(maxsize=None)(width_of)
    lines = []
    for paragraph in text.split("\n"):
        line, filled = "", 0.0
        for piece in _fitting(_PIECES.findall(paragraph), width, measured):
            if line and filled + measured(piece.rstrip()) > width:
                lines.append(line.rstrip())
                line, filled = piece.lstrip(), measured(piece.lstrip())
            else:
                line, filled = line + piece, filled + measured(piece)
        lines.append(line.rstrip())
    return lines


def _fitting(pieces: list[str], width: float, width_of: Callable[[str], float]) -> Iterator[str]:
    """Yield the pieces; one that is wider than a line (a hash) in parts that fit."""
    for piece in pieces:
        rest = piece
        while width_of(rest) > width and len(rest) > 1:
            cut = max(n for n in range(1, len(rest)) if n == 1 or width_of(rest[:n]) <= width)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest
