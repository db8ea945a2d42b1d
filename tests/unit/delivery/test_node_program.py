"""The text that a Slurm node runs before a job is one program, and asks little of the node."""

import ast
from collections import Counter

from delivery.adapters.slurm.doors import program

OLDEST_PYTHON = (3, 9)
HOUSE = {"delivery", "django", "counter", "exchange"}


def defined(tree: ast.Module) -> Counter[str]:
    """Return how often each name of the program is bound at its top, imports aside."""
    names: Counter[str] = Counter()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names[node.name] += 1
        elif isinstance(node, ast.Assign):
            bound = [name for target in node.targets for name in ast.walk(target)]
            names.update(name.id for name in bound if isinstance(name, ast.Name))
    return names


def test_its_parts_take_no_name_from_each_other() -> None:
    names = defined(ast.parse(program(), feature_version=OLDEST_PYTHON))

    assert {"carry_one", "attend", "keep_door", "main"} <= set(names)
    assert {name: count for name, count in names.items() if count > 1} == {}
    assert defined(ast.parse("A = 1\ndef A(): pass"))["A"] == 2


def test_it_imports_nothing_of_the_house() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(program()))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert {"socket", "pty", "fcntl"} <= imported
    assert imported & HOUSE == set()
