"""Short files and short functions; each exception has its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {".venv", "var", "staticfiles", "node_modules", "migrations", ".git"}
FILE_WALL = 300
FUNCTION_WALL = 40
LONG_FILES = {
    "config/settings.py": "one settings file, read from top to bottom, beats a maze of six",
    "tests/unit/billing/test_worked_examples.py": "an accountant reads all examples in a row",
}
LONG_FUNCTIONS: dict[str, str] = {
    "contracts/queries/facts.py:facts_of_trade": "one row a fact that the terms freeze",
}


def source_files() -> Iterator[Path]:
    for folder in sorted(ROOT.iterdir()):
        if folder.name not in NOT_OURS and folder.is_dir():
            for file in sorted(folder.rglob("*.py")):
                if not NOT_OURS & set(file.parts):
                    yield file


def test_no_file_is_longer_than_the_wall() -> None:
    lengths = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in source_files()
    }
    too_long = {name: length for name, length in lengths.items() if length > FILE_WALL}

    assert {name for name in too_long if name not in LONG_FILES} == set()
    assert set(LONG_FILES) <= set(too_long), "an exception that is no longer needed"


def functions() -> Iterator[tuple[str, int]]:
    for file in source_files():
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file.relative_to(ROOT)}:{node.name}", length_of(node)


def length_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function without its docstring."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    return lines - len((ast.get_docstring(node, clean=False) or "").splitlines())


def test_no_function_is_longer_than_the_wall() -> None:
    too_long = {name: length for name, length in functions() if length > FUNCTION_WALL}

    assert {name: too_long[name] for name in too_long if name not in LONG_FUNCTIONS} == {}
