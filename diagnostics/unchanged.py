"""What need not be read again in the next look, because the service's own answer shows no change of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from diagnostics.answers import WRONG
from diagnostics.reads import Shape

UNCHANGED_FOR = timedelta(seconds=5)
"""How long what DescribeServices would show a change of is not asked for again while it shows none.

New tasks change its counts, and what becomes of a service deployment its deployments. The five seconds are for what it
does not show, and for answers that lag behind one another.

Source: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html (eventual consistency)
"""
_OF_A_DEPLOYMENT = (
    *("id", "status", "rolloutState", "rolloutStateReason"),
    *("desiredCount", "runningCount", "pendingCount", "failedTasks"),
)


@dataclass
class Unchanged:
    """What was read since the service last showed a change."""

    shown: object = None
    """What the service showed then."""
    since: datetime | None = None
    """When that was; None: nothing that was read may be taken again."""
    arns: list[str] = field(default_factory=list)
    """Of its tasks."""
    whole: Shape | None = None
    """The service deployment."""
    health: dict[str, list[Shape]] = field(default_factory=dict)
    """Of each target group."""

    def at(self, service: Shape, now: datetime, lasting: timedelta) -> "Unchanged":
        """Return itself where a look may go on with it, else what holds nothing yet."""
        try:
            shown = _shown(service)
        except WRONG:  # an answer that is not as modelled says nothing of what changed
            return Unchanged()
        if self.since is None or shown != self.shown or now - self.since >= lasting:
            return Unchanged(shown, now)
        return self


def _shown(service: Shape) -> object:
    events = service.get("events", [])
    deployments = [tuple(each.get(key) for key in _OF_A_DEPLOYMENT) for each in service.get("deployments", [])]
    counts = [service.get(key) for key in ("desiredCount", "runningCount", "pendingCount", "currentServiceDeployment")]
    return deployments, counts, events[0].get("id") if events else None


def moves_targets(tasks: list[Shape], deployment: str | None) -> bool:
    """Say whether a task of the deployment runs, so that its target's health may change at any time."""
    return deployment is None or any(
        task.get("startedBy") == deployment and task.get("startedAt") and task.get("lastStatus") != "STOPPED"
        for task in tasks
    )
