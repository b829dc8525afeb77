"""The task definition is deregistered, or there is none of that name and revision.

## What it looks for
`TaskDefinition is inactive`, `Unable to describe task definition`, `TaskDefinition not found`.

## Why waiting cannot help
A deregistered revision starts no new task. A rollback to it is impossible as well.

## What to do
Register it again and deploy the new revision; keep old revisions that a rollback may need (`skip_destroy`):

    aws ecs describe-task-definition --task-definition FAMILY:REVISION --query taskDefinition.status

## What it is not
- A definition that is refused: `task-definition-invalid`.
- A service or a cluster that is inactive: `deployment-blocked`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deregister-task-definition-v2.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTaskDefinition.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws

ID = "task-definition-inactive"
VERDICT = Verdict.DOOMED

_GONE = r"(?:not found|not be found|could not be found|does not exist|cannot be found|is missing)"
_WORDINGS = (
    Wording.of("inactive", r"task ?definition[^\n]{0,120}\binactive\b|inactive task ?definition"),
    Wording.of("unable to describe task definition"),
    Wording.of("invalid revision number"),
    # fabfuel/ecs-deploy, ecs_deploy/ecs.py
    Wording.of("unknown task definition arn"),
    Wording.of("task definition", rf"task definition[^\n]{{0,120}}?\b{_GONE}|(?:not find|no such) task definition"),
    Wording.of("taskdefinition", rf"(?<!register)TaskDefinition[^\n]{{0,120}}?\b{_GONE}"),
    Wording.of("task-definition/", rf"task-definition/[\w-]+(?::\d+)?\W{{1,3}}(?:was |is )?{_GONE}"),
    Wording.of("not active", r"task ?definition[^\n]{0,80}\bnot active\b"),
    Wording.of("deregistered", r"task ?definition[^\n]{0,80}\bderegistered\b"),
)
_NAME = re.compile(
    r"(?:task-definition/)(?P<arn>[\w-]+(?::\d+)?)|(?<![\w:./-])(?P<name>[A-Za-z][\w-]*:\d{1,6})\b(?![:/.])"
)
_NOT_THIS = re.compile(
    r"container[^\n]{0,60}does not exist in the task definition"
    r"|(?:service|cluster)(?:(?!task ?definition)[^\n]){0,40}\binactive\b"
    r"|target ?group|load ?balancer|servicediscovery|namespace|volume|secret|role|depend on"
    r"|dependenc|log ?group|log ?stream|artifact|imagedefinitions",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the revision that cannot be used."""
    said = next((each for each in said_by_aws(evidence, _WORDINGS) if not _NOT_THIS.search(each.passage.text)), None)
    if said is None:
        return None
    found = _NAME.search(said.passage.text)
    known = evidence.task_definition.name if evidence.task_definition else ""
    name = (found["arn"] or found["name"]) if found else known
    return Finding(
        what=f"the task definition {quoted(name)} is inactive or does not exist"
        if name
        else "the task definition is inactive or does not exist",
        why="a deregistered revision starts no new task",
        fix="register it again and deploy the new revision; to look:\naws ecs describe-task-definition"
        f" --task-definition {pasted(name or 'FAMILY:REVISION')} --query taskDefinition.status",
        evidence=(said.passage.quote(),),
    )
