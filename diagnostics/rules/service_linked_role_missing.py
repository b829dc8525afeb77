"""The service-linked role of ECS (or of load balancing or autoscaling) is missing.

## What it looks for
`Unable to assume the service linked role. Please verify that the ECS service linked role exists.`, and the same of
other services' `AWSServiceRoleFor…` (`Unable to assume IAM role: …:role/aws-service-role/…`).

## Why waiting cannot help
ECS makes the role with the first cluster or service of an account, if the caller may call
`iam:CreateServiceLinkedRole`. Made a moment ago, it may take a minute: then a second try works; otherwise nobody will
make it.

## What to do

    aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com

## What it is not
- The task's own roles: `role-missing-or-not-assumable`.
- A caller that may not make it (`iam:CreateServiceLinkedRole`): `deployer-permission-denied`.

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

_ROLE = r"service[- ]linked[- ]role"
_MISSING = (
    r"(?:unable to (?:assume|find|create)|does not exist|missing|verify that|not found|doesn't exist|cannot|could not)"
)
_WORDINGS = (
    Wording.of("linked", rf"{_MISSING}[^\n]{{0,100}}{_ROLE}|{_ROLE}[^\n]{{0,60}}(?:exists?\b|missing|not\b)"),
    # The same sentence where it was cut off: only this role is called so
    Wording.of("assume the serv", r"unable to assume the serv(?:i[a-z -]{0,16})?[.\u2026\s]*\Z"),
    Wording.of("awsservicerolefor", r"AWSServiceRoleFor\w++[^\n]{0,120}(?:not|missing|unable|cannot)\b"),
    # Application Auto Scaling names the role by its ARN
    Wording.of("/aws-service-role/", r"(?:unable to|cannot|could not) assume[^\n]{0,60}:role/aws-service-role/"),
)
_OTHER = re.compile(
    r"already exists?|has been taken|cannot specify an IAM role|not authorized to perform|AccessDenied", re.IGNORECASE
)
_SERVICE = re.compile(
    r"(?P<service>ecs|elasticloadbalancing|autoscaling|ecs\.application-autoscaling|spot)\.amazonaws\.com",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the service-linked role that is missing."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
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
