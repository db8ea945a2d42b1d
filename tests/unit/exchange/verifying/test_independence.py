"""The verifier is written from the rulebook alone: it borrows nothing that it could check by."""

import ast
import sys
from pathlib import Path

import exchange.verifying

ALLOWED = {*sys.stdlib_module_names, "numpy"}


def test_it_imports_the_standard_library_numpy_and_itself() -> None:
    for file in Path(exchange.verifying.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.startswith("exchange.verifying") or name.split(".")[0] in ALLOWED
