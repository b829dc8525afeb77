"""The Fargate platform version does not exist, is retired, or lacks what the task definition asks for.

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
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "platform-version-unsupported"
VERDICT = Verdict.DOOMED

_NOT = (
    r"(?:not support|unsupported|deprecated|retired|does not|doesn't"
    r"|invalid|no longer|must be null|not (?:valid|available))"
)
_WORDINGS = (
    Wording.of("platformunknownexception"),
    Wording.of("platformtaskdefinitionincompatibility"),
    Wording.of("specified platform does not"),
    Wording.of(
        "platform version", rf"platform version:? ?[`'\"\u2018]?(?P<version>\d[\d.]*+|LATEST)?[^\n]{{0,80}}{_NOT}"
    ),
    Wording.of(
        "platform version",
        r"(?:requires?|only (?:supported|available)|not (?:supported|available|compatible)|unsupported"
        r"|supported (?:for|on|in))"
        r"[^\n]{0,60}platform version:? ?(?P<needs>\d[\d.]*)?",
    ),
    Wording.of("platform version", r"(?:invalid|unknown|no such) platform version"),
    Wording.of("requested capabilities are not supported"),
    Wording.of(
        "platformversion", rf"platformVersion[^\n]{{0,80}}{_NOT}|(?:invalid|requires)[^\n]{{0,60}}platformVersion"
    ),
)


def match(evidence: Evidence) -> Finding | None:
    """Return the platform version that cannot run the task."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    if not said:
        return None
    service = evidence.service
    version = (said[0].group("version") or (service.platform_version if service else "")).rstrip(".")
    needs = said[0].group("needs").rstrip(".") or "LATEST"
    on_ec2 = "must be null" in said[0].passage.lower
    cluster = evidence.cluster_arn or (service.cluster_arn if service else "") or "CLUSTER"
    name = service.name if service else "SERVICE"
    shown = quoted(version) if version else "of the service"
    return Finding(
        what="a platform version is given, and the service does not run on Fargate"
        if on_ec2
        else f"the Fargate platform version {shown} cannot run the task definition",
        why="platform versions are Fargate's alone"
        if on_ec2
        else "the version does not exist, is retired or lacks a feature that the task definition uses",
        fix="leave out `platformVersion`"
        if on_ec2
        else f"set `platformVersion` to `{needs}`, or leave out what needs a newer one:\naws ecs update-service"
        f" --cluster {pasted(cluster)} --service {pasted(name)} --platform-version {needs}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
