"""The person or pipeline that deploys is refused by an API.

## What it looks for
An error of the call itself: `AccessDeniedException … is not authorized to perform: ecs:UpdateService`,
`iam:PassRole`, `UnauthorizedOperation`, credentials that are missing, expired or invalid. Not what a task's own roles
are refused.

## Why waiting cannot help
The API answered and refused the caller. Nothing happens in ECS.

## What to do
Allow the action to the caller. `iam:PassRole` is needed for both roles of the task definition:

    {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["EXECUTION_ROLE_ARN", "TASK_ROLE_ARN"],
     "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}}

## What it is not
- A refusal in a task's stopped reason, a service event or the program's log: those are the task's roles.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security_iam_troubleshoot.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import Refusal, read, refusals
from diagnostics.said import Wording, said_by_aws

ID = "deployer-permission-denied"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("iam:passrole"),
    Wording.of("unauthorizedoperation"),
    Wording.of("expiredtoken"),
    Wording.of("token included in the request is", r"security token included in the request is (?:expired|invalid)"),
    Wording.of("invalidclienttokenid"),
    Wording.of("unrecognizedclientexception"),
    Wording.of("signaturedoesnotmatch"),
    Wording.of("invalidsignatureexception"),
    Wording.of("requestexpired"),
    Wording.of("could not assume role with oidc"),
    Wording.of("assumerolewithwebidentity", r"not authorized to perform:? sts:AssumeRoleWithWebIdentity"),
    Wording.of("unable to locate credentials"),
    Wording.of("no valid credential sources"),
    Wording.of("credentials could not be loaded"),
    Wording.of("could not load credentials from any providers"),
    Wording.of("nocredentialproviders"),
    # The CDK's and Pulumi's own words for it
    Wording.of("no credentials have been configured"),
    Wording.of("unable to validate aws credentials"),
    Wording.of("no ec2 imds role found"),
    Wording.of("authorization token has expired"),
    Wording.of(
        "config profile", r"config profile[^\n]{0,80}(?:could not be|not) found|failed to get shared config profile"
    ),
    # CodePipeline and CodeDeploy about the role that they were given; IAM about its service-linked roles
    Wording.of(
        "role does not have",
        r"(?:provided|service) role does not have (?:sufficient permissions|the [a-z-]{2,30}:\w{1,60} permission)",
    ),
    # An account that is not yet activated, or not for this service
    Wording.of("needs a subscription for the service"),
    Wording.of("subscriptionrequired"),
    Wording.of(
        "permissions", r"(?:credentials|user|caller)\b[^\n]{0,60} have (?:enough|sufficient|the \w+) permissions"
    ),
    Wording.of("does not give you permission", r"\brole \S{1,200} does not give you permission to perform operations"),
    Wording.of("unable to resolve aws account"),
    Wording.of("iam_role_permissions"),
    Wording.of("do not have permission", r"(?:provided )?credentials do not have permission to"),
    Wording.of("cannot be assumed", r"IAM Role \([^)\n]{0,200}\) cannot be assumed"),
)
_CALL = re.compile(
    r"(?:when calling the|calling|operation error \w[\w ]{0,40}:) (?P<operation>[A-Z][A-Za-z]+)(?: operation\b|,)"
)


def match(evidence: Evidence) -> Finding | None:
    """Return what the deploying caller may not do."""
    worded = [read(each.passage) for each in said_by_aws(evidence, _WORDINGS)]
    found = [each for each in (*refusals(evidence), *worded) if each.by_the_deployer]
    if not found:
        return None
    first = next((each for each in found if each.action), found[0])
    call = _CALL.search(first.passage.text)
    operation = f"`{first.action}`" if first.action else (f"`{call['operation']}`" if call else "")
    who = f"the caller {quoted(first.principal)}" if first.principal else "the caller"
    on = f" on {quoted(first.resource)}" if first.resource not in ("", "*") else ""
    return Finding(
        what=f"{who} may not call {operation}{on}" if operation else f"{who} is refused: {_said(first)}",
        why="the API answered and refused the caller, so nothing was changed by this call",
        fix=_fix(first),
        evidence=tuple(dict.fromkeys(each.passage.quote() for each in found))[:2],
    )


def _fix(refusal: Refusal) -> str:
    if not refusal.action:
        return "give the caller valid credentials and the permission; to see who it is:\naws sts get-caller-identity"
    if policy := refusal.forbidden_by:
        return f"take `{refusal.action}` out of the `Deny` of the {policy}: no other policy can allow it"
    return f"add to a policy of the caller:\n{refusal.statement(refusal.action)}"


def _said(refusal: Refusal) -> str:
    return quoted(" ".join(refusal.passage.text.split())[:120])
