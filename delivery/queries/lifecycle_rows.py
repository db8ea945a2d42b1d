"""A lifecycle as invariants say it in SQL: its moves as rows, its states as a list."""

from exchange.lifecycle import Lifecycle, State


def moves_of(lifecycle: Lifecycle[State]) -> str:
    """Return the permitted moves as rows of VALUES."""
    return ", ".join(
        f"('{before}', '{after}')"
        for before, afters in sorted(lifecycle.moves.items())
        for after in sorted(afters)
    )


def states_of(lifecycle: Lifecycle[State]) -> str:
    """Return all states, quoted, with commas between them."""
    return ", ".join(f"'{state}'" for state in sorted(lifecycle.states))
