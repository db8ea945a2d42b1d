"""Run a part of these tests beside servers of its own, and read its report."""

import json
import subprocess
import sys
from typing import Any

from tests.services.checkout import ROOT, Checkout

CODE = "import django; django.setup(); from {module} import main; main(*{arguments})"


def launch(checkout: Checkout, module: str, *arguments: object, seconds: float) -> dict[str, Any]:
    """Call `main` of a module in a checkout; what it writes is passed on."""
    report = checkout.var / "report.json"
    report.unlink(missing_ok=True)
    told = (*map(str, arguments), str(report))
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(module=module, arguments=told)],
        cwd=ROOT,
        env={**checkout.environment, "DJANGO_SETTINGS_MODULE": "config.settings"},
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, (checkout.var / "log" / "engines.log").read_text()[-4000:]
    found: dict[str, Any] = json.loads(report.read_text())
    return found
