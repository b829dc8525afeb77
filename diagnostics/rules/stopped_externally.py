"""Somebody or something else stopped the tasks: a person, a program, scaling or another deployment.

## What it looks for
Tasks that stopped with `UserInitiated` (`Task stopped by user`), or by `Scaling activity initiated by`, or that ended
on SIGTERM (exit code 143), while none of the deployment runs and none failed for itself; or a tool's error that says
so, where no task is seen.

## Why waiting cannot help
It can: ECS starts them again as long as the service wants them. It is never doomed by itself.

## What to do
See in CloudTrail who called `StopTask`, `UpdateService` or `DeleteService`:

    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=StopTask

## What it is not
- A task that ECS stopped because its health checks failed.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import re

from diagnostics.benign_stops import only_such_stops, told_of, told_of_such_stops
from diagnostics.evidence import Evidence, Task
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording

ID = "stopped-externally"
VERDICT = Verdict.SUSPECT

_STOPPED = re.compile(
    r"^ServiceSchedulerInitiated$"
    r"|stopped by (?:the )?user|scaling activity initiated|StopTask|user ?initiated|stopped by (?:arn:|user/)",
    re.IGNORECASE,
)
_WORDINGS = (
    Wording.of("stopped by user"),
    Wording.of("userinitiated"),
    Wording.of("scaling activity initiated by"),
)
_SIGTERM = 143


def match(evidence: Evidence) -> Finding | None:
    """Return that the tasks were stopped from outside, where nothing else is seen."""
    passages = only_such_stops(evidence, _stopped) or told_of_such_stops(evidence, _WORDINGS)
    if not passages:
        return None
    first = passages[0]
    scaling = "scaling" in first.lower
    return Finding(
        what="scaling, or another deployment, stopped the tasks" if scaling else "the tasks were stopped from outside",
        why="they did not fail; ECS starts tasks again as long as the service wants them",
        fix="see who stopped them:\naws cloudtrail lookup-events --lookup-attributes"
        " AttributeKey=EventName,AttributeValue=" + ("UpdateService" if scaling else "StopTask"),
        evidence=tuple(passage.quote() for passage in passages[:2]),
    )


def _stopped(task: Task) -> bool:
    if task.stop_code == "UserInitiated" or _STOPPED.search(told_of(task)):
        return True
    codes = {container.exit_code for container in task.containers}
    return _SIGTERM in codes and codes <= {_SIGTERM, 0, None} and not task.stopped_for_health
