"""
The program's own call of AWS is refused, or it finds no credentials or region.

## What it looks for
In the last words of a program that died or never became healthy: `AccessDenied` and `is not authorized to perform` from an
SDK, `Unable to locate credentials`, `NoCredentialProviders`, `Could not load credentials from any providers`, `Region is
missing`.

## Why waiting cannot help
The task role is part of the task definition, and AWS answers the same to each task. A role or policy that was made a moment
ago may take a minute, so it stays suspect until a task that was made a minute later is refused as well.

## What to do
Give the **task role** (not the execution role) the permission; with `FargateService` in `task_role_policy_statements`:

    {"Effect": "Allow", "Action": "ACTION", "Resource": "RESOURCE"}

A program that finds no credentials has no task role, or drops the environment variable
`AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` (a login shell, `sudo`, a supervisor).

## What it is not
- What ECS itself is refused before the start, with the execution role: `ecr-permission-denied`,
  `secrets-permission-denied`, `log-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
- https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import put_policy_command, read
from diagnostics.said import Wording, said_at_death, tasks_of

ID = "task-role-missing-or-denied"
VERDICT = Verdict.SUSPECT

_NO_CREDENTIALS = (
    Wording.of("unable to locate credentials"), Wording.of("nocredentialproviders"), Wording.of("nocredentialserror"),
    Wording.of("could not load credentials"), Wording.of("unable to load credentials"), Wording.of("unable to load aws credentials"),
    Wording.of("credentialsprovidererror"), Wording.of("missing credentials in config"), Wording.of("partial credentials found"),
    Wording.of("unable to get iam security credentials"), Wording.of("failed to refresh cached credentials"), Wording.of("no ec2 imds role found"),
    Wording.of("failed to retrieve credentials"), Wording.of("error retrieving credentials", r"error (?:when )?retrieving credentials[^\n]*"),
    Wording.of("unable to find credentials"), Wording.of("missingcredentialserror"), Wording.of("cannot load the credentials"),
    Wording.of("aws credentials", r"(?:no|unable to (?:find|locate|load)|could(?: not|n't) (?:find|load)|missing|cannot find)[^\n]{0,40}aws credentials"),
    Wording.of("credentials", r"failed to (?:load|get|fetch|retrieve)[^\n]{0,30}credentials|no (?:valid )?credential (?:providers|sources)[^\n]*"),
    Wording.of("get credentials", r"(?:unable to|cannot|could not) get credentials"),
)  # fmt: skip
_NO_REGION = (
    Wording.of("region is missing"), Wording.of("must specify a region"), Wording.of("noregionerror"), Wording.of("missingregion"),
    Wording.of("unable to find a region"), Wording.of("unable to load region"), Wording.of("could not find region"), Wording.of("region must be specified"),
    Wording.of("missing region in config"), Wording.of("no regionendpoint or serviceurl"), Wording.of("an aws region is required", r"(?:an AWS )?region is required"),
    Wording.of("region", r"(?:no|missing|invalid|unable to (?:find|determine)) (?:aws )?region\b[^\n]{0,60}(?:config|set|provided|specified|chain|found)"),
)  # fmt: skip
_DENIED = (
    Wording.of("is not authorized to perform"), Wording.of("not authorized to perform"),
    Wording.of("accessdeniedexception"), Wording.of("accessdenied", r"\bAccessDenied\b"),
    Wording.of("unauthorizedoperation"), Wording.of("authorizationerror", r"AuthorizationError(?:Exception)?\b"),
    Wording.of("access denied", r"(?:s3|sqs|sns|dynamodb|kms|ssm|secretsmanager|sts|cognito|ses|kinesis|aws|bucket|getobject|putobject|clienterror)[^\n]*access denied"),
    Wording.of("forbidden", r"(?:s3|HeadObject|HeadBucket|GetObject|aws)[^\n]*(?:403)?[^\n]*forbidden"),
    Wording.of("unrecognizedclientexception"), Wording.of("invalidclienttokenid"), Wording.of("invalidaccesskeyid"), Wording.of("signaturedoesnotmatch"),
    Wording.of("expiredtoken"), Wording.of("security token included in the request is"),
    Wording.of("kms.", r"KMS\.\w*(?:AccessDenied|Disabled)\w*"),
)  # fmt: skip
_NOT_AWS = re.compile(r"access denied for user|java\.nio\.file|mount\.nfs|Access to the path", re.IGNORECASE)
_OPERATION = re.compile(r"when calling the (?P<operation>\w+) operation")


def match(evidence: Evidence) -> Finding | None:
    """Return what AWS refuses to the program, or what it misses to ask."""
    for wordings, kind in ((_DENIED, "denied"), (_NO_CREDENTIALS, "credentials"), (_NO_REGION, "region")):
        said = [
            each for each in said_at_death(evidence, wordings, unhealthy=True) if not _NOT_AWS.search(each.passage.text)
        ]
        if said:
            refusal = read(said[0].passage)
            what, fix = _words(evidence, kind, said[0].passage.text)
            return Finding(
                what=what,
                why="the program asks AWS with the task role, and gets the same answer in every task",
                fix=f"{fix}:\n{put_policy_command(refusal, 'ACTION', 'TASK_ROLE')}" if kind == "denied" else fix,
                evidence=tuple(each.passage.quote() for each in said[:2]),
                tasks=tasks_of(said),
                settles_after=IAM_SETTLES_AFTER if kind == "denied" else None,
            )
    return None


def _words(evidence: Evidence, kind: str, text: str) -> tuple[str, str]:
    from_definition = evidence.task_definition.task_role_arn if evidence.task_definition else None
    if kind == "region":
        return (
            "the program's AWS SDK knows no region",
            "set `AWS_REGION` in the container's `environment`, or give the client a region",
        )
    if kind == "credentials":
        none = from_definition == ""
        return (
            "the program finds no AWS credentials: the task definition has no task role"
            if none
            else "the program finds no AWS credentials",
            "give the task definition a task role (`taskRoleArn`)"
            if none
            else "give the task a task role, and keep `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` in the program's environment",
        )
    refusal = re.search(
        r"not authorized to perform:? (?P<action>[\w-]+:\w+)(?: on resource: (?P<resource>[^\s\"',]+))?", text
    )
    operation = _OPERATION.search(text)
    action = refusal["action"] if refusal else (operation["operation"] if operation else "a call of AWS")
    on = f" on {quoted(refusal['resource'])}" if refusal and refusal["resource"] and refusal["resource"] != "*" else ""
    return f"the task role may not call `{action}`{on}", "allow it to the task role"
