"""
The Fargate platform version does not exist, is retired, or lacks what the task definition asks for.

## What it looks for
`PlatformUnknownException`, `PlatformTaskDefinitionIncompatibilityException`, `platform version … is not supported`, a
feature that needs platform version 1.4.0.

## Why waiting cannot help
The platform version and the task definition are fixed for the deployment.

## What to do
Set the service's `platformVersion` to `LATEST`, or to 1.4.0 where a fixed one is needed:

    aws ecs update-service --cluster CLUSTER --service SERVICE --platform-version LATEST

## What it is not
- An image for another CPU: `image-platform-mismatch`.
- A task definition that is wrong on every platform: `task-definition-invalid`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
- https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html#API_UpdateService_Errors
"""

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "platform-version-unsupported"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("platformunknownexception"),
    Wording.of("platformtaskdefinitionincompatibility"),
    Wording.of("specified platform does not"),
    Wording.of(
        "platform version",
        r"platform version '?(?P<version>[\d.]+|\w+)?'?[^\n]{0,80}(?:not support|unsupported|deprecated|retired|does not exist|does not satisfy|invalid|no longer)",
    ),
    Wording.of(
        "platform version",
        r"(?:requires?|only (?:supported|available)|not supported|unsupported)[^\n]{0,60}platform version",
    ),
    Wording.of("requested capabilities", r"one or more of the requested capabilities are not supported"),
    Wording.of("platformversion", r"platformVersion[^\n]{0,80}(?:not supported|invalid|requires)"),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the platform version that cannot run the task."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    if not said:
        return None
    version = said[0].group("version") or (evidence.service.platform_version if evidence.service else "")
    return Finding(
        what=f"the Fargate platform version {version or 'of the service'} cannot run the task definition",
        why="the version does not exist, is retired or lacks a feature that the task definition uses",
        fix="set `platformVersion` to `LATEST`, or leave out what needs a newer one:\n"
        "aws ecs update-service --cluster CLUSTER --service SERVICE --platform-version LATEST",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
