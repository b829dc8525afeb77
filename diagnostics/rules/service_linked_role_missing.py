"""
The service-linked role of ECS (or of load balancing or autoscaling) is missing.

## What it looks for
`Unable to assume the service linked role. Please verify that the ECS service linked role exists.`, and the same of other
services' `AWSServiceRoleFor…`.

## Why waiting cannot help
ECS makes the role with the first cluster or service of an account, if the caller may call `iam:CreateServiceLinkedRole`.
Made a moment ago, it may take a minute: then a second try works; otherwise nobody will make it.

## What to do

    aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com

## What it is not
- The task's own roles: `role-missing-or-not-assumable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "service-linked-role-missing"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of(
        "service linked role",
        r"(?:unable to assume|does not exist|not exist|missing|verify that|create|not found|doesn't exist)[^\n]{0,100}service linked role|service linked role[^\n]{0,60}(?:exist|missing|not)",
    ),
    Wording.of(
        "service-linked role",
        r"(?:unable to assume|does not exist|not exist|missing|verify that|create|not found|doesn't exist)[^\n]{0,100}service-linked role|service-linked role[^\n]{0,60}(?:exist|missing|not)",
    ),
    Wording.of("awsserviceroleforecs", r"AWSServiceRoleForECS[^\n]{0,120}(?:not|missing|unable|cannot)"),
    Wording.of("createservicelinkedrole"),
)
_SERVICE = re.compile(
    r"(?P<service>ecs|elasticloadbalancing|autoscaling|ecs\.application-autoscaling|spot)\.amazonaws\.com",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the service-linked role that is missing."""
    said = [*said_by_aws(evidence, _WORDINGS)]
    if not said:
        return None
    text = said[0].passage.text
    named = _SERVICE.search(text)
    service = named[0] if named else "ecs.amazonaws.com"
    return Finding(
        what=f"the service-linked role of `{service}` does not exist, or cannot be assumed",
        why="the service acts in the account with this role, and nobody has made it",
        fix=f"make it once in the account:\naws iam create-service-linked-role --aws-service-name {service}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
