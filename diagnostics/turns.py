"""When ECS turned to a deployment, and from it to another: what names neither tells of the one of its time."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from diagnostics.evidence import Deployment, Event, Evidence
from diagnostics.shapes import deployment_of_revision

_BACK_TO = re.compile(r"rolling back to deployment (?P<id>ecs-svc/\d+)")
_OF_DEPLOYMENT = re.compile(r"\((?:deployment|(?:service [^()]{0,255}, )?taskSet) (?P<id>ecs-svc/\d+)\)")
"""Source of both: service events in public issues and forums; ECS's own pages do not list all wordings."""
_MAKES_NO_ROOM = re.compile(r"unable to (?:scale in|stop)")
"""Protected tasks, for example.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html
"""
_START_FAILED = re.compile(r"was unable to place a task\. Reason: \w+Error:")
"""The words of a task that was there and stopped before it ran: it is found among its deployment's tasks, or counted.

Refusals without such a name (capacity, quotas) come without a task.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""
_OF_TASK = re.compile(r"\(task (?P<id>[0-9a-f]{32}|[0-9a-f-]{36})\)")


def task_named(event: Event) -> str | None:
    """Return the id of the first task that an event names."""
    named = _OF_TASK.search(event.message)
    return named["id"] if named else None


@dataclass(frozen=True)
class Turns:
    """The time in which ECS worked towards one deployment; None where no bound is known."""

    deployment_id: str | None
    since: datetime | None = None
    """When ECS last went back to it."""
    until: datetime | None = None
    """When ECS went back from it, or another deployment took its place."""
    no_start_failed: bool = False
    """Whether no task of it failed to start, and another deployment is or was there whose tasks may have."""

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Return those of the deployment that the evidence is about."""
        mine, began, primary = evidence.deployment_id, evidence.deployment_created_at, evidence.primary
        if mine is None or began is None:
            return cls(mine)
        back = [(found["id"], event.at) for event in evidence.events if (found := _BACK_TO.search(event.message))]
        since = max((at for to, at in back if to == mine and at), default=None)
        ends = [at for to, at in back if to != mine]
        if whole := evidence.service_deployment:
            ends.append(whole.rollback_started_at)
        if primary and primary.id != mine and primary.created_at and primary.created_at > began:
            ends.append(primary.created_at)
        until = min((at for at in ends if at and (since is None or at > since)), default=None)
        return cls(mine, since, until, _no_start_failed(evidence, began))

    def may_tell_of_it(self, event: Event) -> bool:
        """Say whether an event, of which no task is known, may tell of the deployment.

        One that names another deployment does where that one cannot make room for this one. One of a start that failed
        does not where none of this one has: a task that an earlier deployment had begun to start fails in this one's
        time, and would have it stopped.
        """
        named = _OF_DEPLOYMENT.search(event.message) if self.deployment_id else None
        if named and named["id"] == self.deployment_id:
            return True
        if named and not _MAKES_NO_ROOM.search(event.message):
            return False
        if self.no_start_failed and _START_FAILED.search(event.message):
            return False
        if event.at is None:
            return True
        return (self.since is None or event.at >= self.since) and (self.until is None or event.at <= self.until)


def _no_start_failed(evidence: Evidence, began: datetime) -> bool:
    """Say whether ECS counts no failed task of the deployment and lists none, in a service that is older than it."""
    mine, service = evidence.deployment, evidence.service
    if mine is None or service is None or mine.failed_tasks != 0 or evidence.stopped_tasks:
        return False
    older = service.created_at is not None and service.created_at < began
    return older or len(service.deployments) > 1


def went_back(evidence: Evidence) -> tuple[Deployment, datetime] | None:
    """Return the PRIMARY deployment, and since when, where ECS went back to it from the one that is looked at."""
    primary, until = evidence.primary, Turns.of(evidence).until
    if primary is None or until is None or primary.id == evidence.deployment_id:
        return None
    whole = evidence.service_deployment
    told = {found["id"] for event in evidence.events if (found := _BACK_TO.search(event.message))}
    told |= {deployment_of_revision(whole.rollback_revision_arn)} if whole else set()
    return (primary, until) if primary.id in told else None
