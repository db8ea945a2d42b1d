"""Tests on one Slurm cluster run in any order: a hand-over's number belongs to one file."""

import ast
from collections import defaultdict
from pathlib import Path

SLURM = Path(__file__).resolve().parents[1] / "slurm"


def numbers_in(text: str) -> set[int]:
    """Return the numbers that are written out in calls of `view_of`."""
    return {
        argument.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "view_of"
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant)
    }


def shared(texts: dict[str, str]) -> dict[int, list[str]]:
    files: dict[int, list[str]] = defaultdict(list)
    for name, text in texts.items():
        for number in numbers_in(text):
            files[number].append(name)
    return {number: names for number, names in files.items() if len(names) > 1}


def test_no_two_files_take_the_same_hand_over() -> None:
    texts = {file.name: file.read_text() for file in sorted(SLURM.glob("test_*.py"))}

    assert len(set().union(*map(numbers_in, texts.values()))) > 30
    assert shared(texts) == {}


def test_a_number_in_two_files_is_found() -> None:
    assert shared({"a": "view_of(7)", "b": "x = view_of(7, devices=1)", "c": "view_of(8)"}) == {
        7: ["a", "b"]
    }
