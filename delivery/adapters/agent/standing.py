"""How hand-overs at agents' sites are, by what their agents last said: many in three questions."""

from collections.abc import Sequence

from delivery.domain.handover import AllocationView, Status
from delivery.domain.site_agent import SILENT_AFTER
from delivery.models import AgentCommand, AgentHandover, SiteAgent
from timetable.queries import wall_now

NO_AGENT = Status(alive=True, healthy=False, detail="the site has no agent in force")
SILENT = Status(alive=True, healthy=False, detail="the site's agent is silent")
NOT_HELD = Status(alive=False, healthy=False, detail="the site's agent does not hold it")
NOT_TESTED = Status(alive=False, healthy=False, detail="the site has not tested it yet")

# By site's code and external name.
Named = tuple[str, str]


def statuses_of(views: Sequence[AllocationView]) -> dict[str, Status]:
    """Return the status of each hand-over by its name; an agent that is silent leaves it open."""
    codes = {view.site_code for view in views}
    names = [view.external_name for view in views]
    agents = SiteAgent.objects.filter(site__code__in=codes).exclude(state="REVOKED")
    heard = dict(agents.values_list("site__code", "heard_at"))
    held, tested = _held(codes, names), _tested(codes, names)
    oldest, found = wall_now() - SILENT_AFTER, {}
    for view in views:
        named = (view.site_code, view.external_name)
        if view.site_code not in heard:
            status = NO_AGENT
        elif heard[view.site_code] < oldest:
            status = SILENT
        elif named not in held:
            status = NOT_HELD
        else:
            status = held[named] if named in tested else NOT_TESTED
        found[view.external_name] = status
    return found


def _held(codes: set[str], names: Sequence[str]) -> dict[Named, Status]:
    rows = AgentHandover.objects.filter(
        site__code__in=codes, external_name__in=names, gone_at=None
    ).values_list("site__code", "external_name", "healthy", "detail")
    return {
        (code, name): Status(alive=True, healthy=healthy, detail=detail)
        for code, name, healthy, detail in rows
    }


def _tested(codes: set[str], names: Sequence[str]) -> set[Named]:
    """Return those whose newest test was done."""
    rows = AgentCommand.objects.filter(
        site__code__in=codes, kind="ACCEPT", external_name__in=names, subject=""
    )
    newest = rows.order_by("site__code", "external_name", "-id").distinct(
        "site__code", "external_name"
    )
    return {
        (code, name)
        for code, name, state in newest.values_list("site__code", "external_name", "state")
        if state == "DONE"
    }
