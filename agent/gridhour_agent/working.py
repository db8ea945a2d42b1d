"""Do one command at the site, and say what became of it."""

import logging
from collections.abc import Mapping
from typing import Any

from gridhour_agent.connector import Connector, ConnectorFailed, Fenced, Handover, JobSpec
from gridhour_agent.wire import Command, WireBroken, whole

log = logging.getLogger("gridhour_agent")


def do(connector: Connector, command: Command) -> dict[str, Any]:
    """Return the outcome as it travels; what goes wrong at the site is a failure of the work."""
    try:
        return {"outcome": "DONE"} | _done(connector, command)
    except Fenced as fenced:
        return {"outcome": "FAILED", "error": str(fenced)[:200], "fenced": True}
    except ConnectorFailed as failure:
        return {"outcome": "FAILED", "error": str(failure)[:200] or "the site could not"}
    except Exception as failure:
        log.exception("connector broke on %s %s", command.kind, command.handover)
        return {"outcome": "FAILED", "error": f"{type(failure).__name__}: {failure}"[:200]}


def _done(connector: Connector, command: Command) -> dict[str, Any]:
    if command.kind == "PROVISION":
        connector.ensure(_handover(command))
    elif command.kind == "ACCEPT":
        measured = connector.accept_test(_handover(command))
        return {
            "measured": {
                "devices_found": measured.devices_found,
                "gflops_per_device": measured.gflops_per_device,
                "evidence": measured.evidence,
            }
        }
    elif command.kind == "RELEASE":
        connector.release(command.handover)
    elif command.kind == "RUN":
        connector.run_job(command.handover, _job(command))
    elif command.kind == "CANCEL":
        connector.cancel_job(command.handover, command.job)
    else:
        msg = f"this agent does not know the command {command.kind}"
        raise ConnectorFailed(msg)
    return {}


def _handover(command: Command) -> Handover:
    facts = command.facts
    return Handover(
        command.handover,
        whole(facts, "devices"),
        whole(facts, "gflops_per_device"),
        str(facts.get("pool", "")),
        str(facts.get("stack", "")),
    )


def _job(command: Command) -> JobSpec:
    argv, env = command.facts.get("argv"), command.facts.get("env", {})
    if not isinstance(argv, list) or not argv or not isinstance(env, Mapping):
        msg = "argv is not a list, or env is not an object"
        raise WireBroken(msg)
    return JobSpec(
        command.job,
        tuple(str(part) for part in argv),
        whole(command.facts, "devices"),
        whole(command.facts, "time_limit_s"),
        tuple((str(name), str(value)) for name, value in env.items()),
    )
