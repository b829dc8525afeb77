"""What the service scheduler does next, as a pure function of a service's tasks: launch, replace, drain, or wait.

Rules of a rolling deployment: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.ecs.model import Deployment, Task


@dataclass(frozen=True)
class Limits:
    """How many tasks there should be, how few may be healthy, and how many there may be at all."""

    desired: int
    lower: int
    upper: int


@dataclass(frozen=True)
class Group:
    """The tasks of one deployment: starting, healthy, to be replaced, and those that stop."""

    deployment: Deployment
    starting: Sequence[Task] = ()
    healthy: Sequence[Task] = ()
    unhealthy: Sequence[Task] = ()
    leaving: Sequence[Task] = ()

    @property
    def live(self) -> int:
        """How many are meant to run."""
        return len(self.starting) + len(self.healthy) + len(self.unhealthy)

    @property
    def occupied(self) -> int:
        """How many count against the maximum: all that have not STOPPED."""
        return self.live + len(self.leaving)


@dataclass
class Plan:
    """What to do now. `blocked`: the percentages allow neither to start nor to stop anything."""

    launches: dict[str, tuple[Deployment, int]] = field(default_factory=dict)
    replaced: int = 0
    stops: list[Task] = field(default_factory=list)
    blocked: bool = False
    held: list[Group] = field(default_factory=list)
    """Groups that have more tasks than they should, and of which protected ones are left."""


def limits(desired: int, minimum_percent: int, maximum_percent: int) -> Limits:
    """Return the limits: the minimum is rounded up, the maximum down (documented, DeploymentConfiguration)."""
    return Limits(desired, math.ceil(desired * minimum_percent / 100), math.floor(desired * maximum_percent / 100))


def plan(bounds: Limits, primary: Group, others: Sequence[Group], wanted: int, elsewhere: int = 0) -> Plan:
    """Decide what to do next.

    Args:
        bounds: of the service.
        primary: the tasks of the PRIMARY deployment.
        others: those of the deployments that it replaces, newest first.
        wanted: how many more tasks of the primary deployment its state lets the scheduler start at most.
        elsewhere: how many tasks of deployments that are gone have not STOPPED yet.
    """
    decided = Plan()
    healthy = len(primary.healthy) + sum(len(group.healthy) for group in others)
    spare = max(0, healthy - bounds.lower)
    room = bounds.upper - primary.occupied - sum(group.occupied for group in others) - elsewhere
    _shrink(decided, bounds, primary)
    spare -= sum(task in primary.healthy for task in decided.stops)
    spare -= _retire(decided, bounds, primary, others, spare)
    needed = min(wanted, max(0, bounds.desired - len(primary.starting) - len(primary.healthy)))
    room -= _replace_lost(decided, bounds, primary, others, room)
    if needed <= 0:
        return decided
    if room > 0:
        count = min(needed, room)
        decided.launches[primary.deployment.id] = (primary.deployment, count)
        decided.replaced = min(count, len(primary.unhealthy))
    elif not decided.stops and not _make_room(decided, primary, others, needed, spare):
        leaving = len(primary.leaving) + sum(len(group.leaving) for group in others) + elsewhere
        decided.blocked = leaving == 0
    return decided


def plan_apart(desired: int, primary: Group, others: Sequence[Group], wanted: int) -> Plan:
    """Decide what to do while two revisions stand side by side: each has its own tasks, what else there is goes.

    Args:
        desired: of the service.
        primary: the new revision's tasks.
        others: those of the revisions that it replaces, newest first. The completed one stays whole; while that has
            too few healthy tasks, or there is none, the others keep theirs, for nothing else serves.
        wanted: how many tasks of the new revision may be started.
    """
    whole = limits(desired, 100, 200)
    decided = plan(whole, primary, [], wanted)
    needed = desired
    completed = next((group for group in others if group.deployment.rollout_state == "COMPLETED"), None)
    if completed:
        kept = plan(whole, completed, [], desired)
        decided.launches |= kept.launches
        decided.stops += kept.stops
        needed -= len(completed.healthy)
    for group in reversed(others):
        if group is not completed:
            spare = (*group.starting, *group.healthy[max(0, needed) :])
            decided.stops += [*group.unhealthy, *(task for task in spare if not task.protected)]
            needed -= len(group.healthy)
    return decided


def succeeds_early(configuration: Mapping[str, Any], desired: int, primary: Group, others: Sequence[Group]) -> bool:
    """Tell whether a rollout meets early success criteria: enough is healthy, and what it replaces may stay or is gone.

    The service model, DeploymentEarlySuccessCriteria.
    """
    criteria = configuration.get("earlySuccessCriteria") or {}
    deployment = primary.deployment
    if not criteria.get("enable") or deployment.is_rollback or deployment.breaker_tripped:
        return False
    if deployment.rollout_state != "IN_PROGRESS":
        return False
    cleaned = criteria["sourceServiceRevisionCleanup"] == "DEFERRED" or not any(group.live for group in others)
    return cleaned and len(primary.healthy) >= math.ceil(desired * criteria["healthyPercent"] / 100) > 0


def _shrink(decided: Plan, bounds: Limits, primary: Group) -> None:
    """Stop what the primary deployment has too many of, and unhealthy tasks whose replacements are healthy."""
    if primary.deployment.rollout_state == "FAILED":
        decided.stops += [task for task in primary.starting if task.started_at is None]
        return
    surplus = len(primary.starting) + len(primary.healthy) - bounds.desired
    if surplus > 0:
        mine = [*primary.starting, *primary.healthy]
        chosen = crowded_first([*reversed(primary.starting)], surplus, mine)
        rest = [task for task in mine if task not in chosen]
        chosen += crowded_first([*reversed(primary.healthy)], surplus - len(chosen), rest)
        decided.stops += chosen
        if len(chosen) < surplus:
            decided.held.append(primary)
    replaced = len(primary.healthy) + len(primary.unhealthy) - bounds.desired
    if replaced > 0:
        decided.stops += primary.unhealthy[:replaced]


def crowded_first(candidates: Sequence[Task], count: int, among: Sequence[Task]) -> list[Task]:
    """Return up to so many tasks to stop, one after another from the zone that has most; never a protected one.

    The scheduler keeps zones balanced when it stops tasks, too; which task of a zone it takes is not documented, and
    the candidates' order decides. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html

    Args:
        candidates: those that may go, the first ones first.
        count: how many.
        among: the tasks whose zones are balanced.
    """
    left = [task for task in candidates if not task.protected]
    zones = Counter(task.availability_zone for task in among)
    chosen: list[Task] = []
    while left and len(chosen) < count:
        task = max(left, key=lambda each: zones[each.availability_zone])  # the first one of those
        zones[task.availability_zone] -= 1
        left.remove(task)
        chosen.append(task)
    return chosen


def _retire(decided: Plan, bounds: Limits, primary: Group, others: Sequence[Group], spare: int) -> int:
    """Stop old tasks that new healthy ones stand in for; return how many healthy ones that takes away.

    What a failed deployment has that is not healthy serves nobody and goes at once.
    """
    excess = sum(group.live for group in others) - max(0, bounds.desired - len(primary.healthy))
    taken = 0
    for group in reversed(others):
        failed = group.deployment.rollout_state == "FAILED"
        for task in [*group.unhealthy, *(task for task in group.starting if not task.protected)]:
            if excess > 0 or failed:
                decided.stops.append(task)
                excess -= 1
    for group in reversed(others):
        chosen = crowded_first(group.healthy, min(max(0, excess), spare - taken), group.healthy)
        decided.stops += chosen
        excess -= len(chosen)
        taken += len(chosen)
        if excess > 0 and any(task.protected for task in (*group.healthy, *group.starting)):
            decided.held.append(group)
    return taken


def _replace_lost(decided: Plan, bounds: Limits, primary: Group, others: Sequence[Group], room: int) -> int:
    """Start tasks of an old revision that were lost while it is still needed; return how many."""
    old = sum(len(group.starting) + len(group.healthy) for group in others)
    missing = bounds.desired - len(primary.healthy) - old
    for group in others:
        deployment = group.deployment
        lost = deployment.lost + len(group.unhealthy)
        count = min(lost, missing, room)
        if deployment.rollout_state == "COMPLETED" and count > 0:
            decided.launches[deployment.id] = (deployment, count)
            return count
    return 0


def _make_room(decided: Plan, primary: Group, others: Sequence[Group], needed: int, spare: int) -> bool:
    """Stop something so that a start becomes possible: one unhealthy task at a time, else what the minimum spares."""
    if primary.unhealthy:
        if primary.leaving:
            return True  # one at a time
        decided.stops.append(primary.unhealthy[0])
        return True
    unhealthy = [task for group in reversed(others) for task in group.unhealthy]
    unhealthy += [task for group in reversed(others) for task in group.starting if not task.protected]
    healthy = [task for group in reversed(others) for task in group.healthy if not task.protected][:spare]
    leaving = len(primary.leaving) + sum(len(group.leaving) for group in others)
    chosen = [*unhealthy, *healthy][: max(0, needed - leaving)]
    decided.stops += chosen
    return bool(chosen)
