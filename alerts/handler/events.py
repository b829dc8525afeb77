"""The events that the function is sent, as frozen values: deployments, actions, tasks, and the sample.

Shapes: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html and its pages on each kind.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from diagnostics.checked import EvidenceError, Node
from diagnostics.evidence_parts import task as read_task
from diagnostics.shapes import Task, tail

ECS = "aws.ecs"
SAMPLES = "failwell.alerts"
"""The source of a sample; `alerts test` puts it on the bus (`alerts.sample`)."""


class MalformedError(ValueError):
    """A message that is no event as documented; it is never half-read."""


@dataclass(frozen=True)
class Place:
    """A service: where it is, and its ARN."""

    arn: str
    cluster: str
    """Its name."""
    name: str
    account: str
    region: str

    @property
    def cluster_arn(self) -> str:
        """The cluster's ARN, made of the service's."""
        return f"{self.arn.split(':service/')[0]}:cluster/{self.cluster}"


@dataclass(frozen=True)
class Event:
    """What all events of a service have."""

    id: str
    at: datetime
    """ECS's time of it."""
    place: Place


@dataclass(frozen=True)
class DeploymentEvent(Event):
    """`ECS Deployment State Change`."""

    name: str
    """`SERVICE_DEPLOYMENT_IN_PROGRESS`, `…_COMPLETED` or `…_FAILED`."""
    deployment_id: str
    reason: str

    @property
    def rolls_back(self) -> bool:
        """Whether it says that an earlier deployment is gone back to: only the reason says that."""
        return bool(_ROLLS_BACK.search(self.reason))


@dataclass(frozen=True)
class ActionEvent(Event):
    """`ECS Service Action`."""

    level: str
    """`INFO`, `WARN` or `ERROR`."""
    name: str
    reason: str


@dataclass(frozen=True)
class TaskEvent(Event):
    """`ECS Task State Change` of a service's task that stopped, or that ECS decided to stop."""

    task: Task
    shape: Mapping[str, Any] = field(compare=False, repr=False)
    """The task as DescribeTasks gives it, times as datetimes: evidence when ECS has forgotten the task."""

    @property
    def deployment_id(self) -> str:
        """The deployment that started the task."""
        return self.task.started_by


@dataclass(frozen=True)
class SampleEvent(Event):
    """The sample of `alerts test`: `task` is what a task that failed would look like."""

    sample: str
    shape: Mapping[str, Any] = field(compare=False, repr=False)


@dataclass(frozen=True)
class Ignored:
    """A valid event that is nobody's story."""

    why: str


_ROLLS_BACK = re.compile(r"rolling back to deployment", re.IGNORECASE)
_SERVICE_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ecs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):service/"
    r"(?:(?P<cluster>[^/:\s]+)/)?(?P<name>[^/:\s]+)"
)
_TASK_TIMES = (
    *("createdAt", "startedAt", "stoppingAt", "stoppedAt", "executionStoppedAt", "updatedAt", "connectivityAt"),
    *("pullStartedAt", "pullStoppedAt"),
)


def parse(body: str) -> Event | Ignored:
    """Return the event that a message of the queue holds.

    Raises:
        MalformedError: it holds none as documented.
    """
    try:
        document = json.loads(body)
    except ValueError as error:
        raise MalformedError(f"the message is not JSON: {error}") from error
    except RecursionError as error:
        raise MalformedError("the message is nested too deeply") from error
    if not isinstance(document, dict):
        raise MalformedError("the message is not a JSON object")
    source, kind = _text(document, "source"), _text(document, "detail-type")
    detail = document.get("detail")
    if not isinstance(detail, dict):
        raise MalformedError("detail is not an object")
    if source == SAMPLES:
        return _sample(document, detail)
    if source != ECS:
        raise MalformedError(f"source is {source[:80]!r}, not {ECS!r} or {SAMPLES!r}")
    read = _KINDS.get(kind)
    return read(document, detail) if read else Ignored(f"events of the kind {kind[:80]!r} tell no story")


def _deployment(document: Mapping[str, Any], detail: Mapping[str, Any]) -> Event:
    return DeploymentEvent(
        _text(document, "id"),
        _moment(detail.get("updatedAt") or document.get("time")),
        _service(document),
        _text(detail, "eventName"),
        _text(detail, "deploymentId"),
        _text(detail, "reason", required=False),
    )


def _action(document: Mapping[str, Any], detail: Mapping[str, Any]) -> Event:
    cluster = tail(_text(detail, "clusterArn", required=False))
    return ActionEvent(
        _text(document, "id"),
        _moment(detail.get("createdAt") or document.get("time")),
        _service(document, cluster),
        _text(detail, "eventType"),
        _text(detail, "eventName"),
        _text(detail, "reason", required=False),
    )


def _task(document: Mapping[str, Any], detail: Mapping[str, Any]) -> Event | Ignored:
    task, shape = _task_shape(detail)
    kind, _, name = _text(detail, "group", required=False).partition(":")
    if kind != "service" or not name or not task.started_by.startswith("ecs-svc/"):
        return Ignored("the task is of no service")
    if not task.stopped:
        return Ignored("the task has not stopped")
    arn, cluster = _text(detail, "taskArn"), tail(_text(detail, "clusterArn"))
    service = f"{arn.split(':task/')[0]}:service/{cluster}/{name}"
    at = task.stopped_at or task.stopping_at or _moment(detail.get("updatedAt") or document.get("time"))
    return TaskEvent(_text(document, "id"), at, _place(service), task, shape)


def _sample(document: Mapping[str, Any], detail: Mapping[str, Any]) -> Event:
    task = detail.get("task")
    if not isinstance(task, dict):
        raise MalformedError("detail.task of the sample is not an object")
    _, shape = _task_shape(task)
    place = _place(_text(detail, "serviceArn"))
    sample = _text(detail, "sample")
    return SampleEvent(_text(document, "id"), _moment(document.get("time")), place, sample, shape)


def _task_shape(detail: Mapping[str, Any]) -> tuple[Task, dict[str, Any]]:
    try:
        task = read_task(Node.of(detail, "detail"))
    except EvidenceError as error:
        raise MalformedError(str(error)) from error
    if ":task/" not in task.arn:
        raise MalformedError("detail.taskArn is not the ARN of a task")
    times = {key: _moment(detail[key]) for key in _TASK_TIMES if detail.get(key)}
    return task, {**detail, **times}


_KINDS = {
    "ECS Deployment State Change": _deployment,
    "ECS Service Action": _action,
    "ECS Task State Change": _task,
}


def _service(document: Mapping[str, Any], cluster: str = "") -> Place:
    resources = document.get("resources")
    if not isinstance(resources, list) or not resources or not isinstance(resources[0], str):
        raise MalformedError("resources does not name a service")
    return _place(resources[0], cluster)


def _place(arn: str, cluster: str = "") -> Place:
    """Return the service of an ARN; one of the old form has no cluster in it, and ECS means `default` then."""
    found = _SERVICE_ARN.fullmatch(arn)
    if found is None:
        raise MalformedError(f"{arn[:120]!r} is not the ARN of a service")
    return Place(arn, found["cluster"] or cluster or "default", found["name"], found["account"], found["region"])


def _text(values: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    value = values.get(key)
    if isinstance(value, str) and (value or not required):
        return value
    if value is None and not required:
        return ""
    raise MalformedError(f"{key} is {'missing' if value in (None, '') else 'not a text'}")


def _moment(value: object) -> datetime:
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError as error:
            raise MalformedError(f"{value[:40]!r} is not a time") from error
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    raise MalformedError("the event has no time")
