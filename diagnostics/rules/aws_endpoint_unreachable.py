"""The task cannot reach Secrets Manager, Systems Manager, CloudWatch Logs or another API that it needs to start.

## What it looks for
The fetching of secrets, parameters or environment files, or the making of the log stream, that nobody answered:
`context deadline exceeded`, `RequestCanceled`, `i/o timeout`, `There is a connection issue between the task and AWS
Secrets Manager`. Where the subnets, routes, endpoints and security groups could be read, it says what is missing.

## Why waiting cannot help
The way out of a subnet does not appear by retrying. A single time-out may be bad luck, so one task is only suspect.

## What to do
Give the private subnets a route to a NAT gateway, or a VPC endpoint for the service (`secretsmanager`, `ssm`, `kms`,
`logs`), and let the tasks' security group out on port 443, and in at the endpoint:

    aws ec2 describe-vpc-endpoints --filters Name=vpc-id,Values=VPC --query 'VpcEndpoints[].ServiceName'

## What it is not
- The registry that cannot be reached: `registry-unreachable`.
- An answer of the service, such as `AccessDeniedException`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.registry_words import NO_NAME, UNANSWERED, status_of
from diagnostics.said import Said, Wording, said_by_aws, tasks_of
from diagnostics.way_out import obstacle

ID = "aws-endpoint-unreachable"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    *UNANSWERED,
    Wording.of("there is a connection", r"There is a connection(?: is\w{0,3})?[.\u2026\s]*\Z"),
    Wording.of("deadline exceeded"),
    Wording.of("connect timeout"),
    Wording.of("connection refused"),
    Wording.of("connection reset by peer"),
    Wording.of("exceeded maximum number of attempts"),
    # an answer, a refusal too, is retried once; no answer more often: what follows was cut off
    Wording.of(
        "retried",
        r"retried [3-9] time\(s\): (?:failed to fetch|asm fetching) secret(?: from the service)?(?: for)?[^\n:]{0,40}"
        r"(?:arn:[\w:/+=.@*-]*)?[.\u2026\s]*\Z",
    ),
    Wording.of("signal: killed"),
)
_SERVICES = (
    (re.compile(r"Secrets Manager|secretsmanager|\basm\b", re.IGNORECASE), "AWS Secrets Manager", "secretsmanager"),
    (re.compile(r"\bssm\b|Systems Manager|Parameter Store", re.IGNORECASE), "AWS Systems Manager", "ssm"),
    (re.compile(r"\bkms\b", re.IGNORECASE), "AWS KMS", "kms"),
    (
        re.compile(r"CloudWatch|log (?:stream|group)|logger args|\blogs\.[a-z]{2}-|awslogs", re.IGNORECASE),
        "Amazon CloudWatch Logs",
        "logs",
    ),
    (re.compile(r"env(?:ironment)? ?files?|\bs3\b", re.IGNORECASE), "Amazon S3", "s3"),
    (re.compile(r"\bsts\b", re.IGNORECASE), "AWS STS", "sts"),
)
_OTHER = re.compile(
    r"ecr registry auth|Amazon ECR|api\.ecr|dkr\.ecr|CannotPull|failed to resolve ref|efs utils|mount\.nfs"
    r"|too many open files"
    r"|AccessDenied|ResourceNotFound|Throttl|Rate exceeded|service connect|169\.254\.170\.2"
    r"|NoCredentialProviders|fluentd|splunk"
    r"|syslog|gelf",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the API that the tasks cannot reach."""
    silent = [(said, service) for said in said_by_aws(evidence, _WORDINGS) if (service := _silent_service(said))]
    if not silent:
        return None
    name, endpoint = silent[0][1]
    alike = [said for said, service in silent if service == silent[0][1]]
    known = obstacle(evidence, endpoint)
    return Finding(
        what=f"the tasks cannot reach {name}" + (f": {known.what}" if known else ""),
        why="nobody answered on the way from the task's subnet, and a way does not appear by retrying",
        fix=known.fix
        if known
        else f"give the subnets a route to a NAT gateway or a VPC endpoint for `{endpoint}`, and let the tasks' "
        f"security "
        "group out on port 443 and in at the endpoint",
        evidence=tuple(said.passage.quote() for said in alike[:2]),
        tasks=tasks_of(alike),
    )


def _silent_service(said: Said) -> tuple[str, str] | None:
    """Return the service that did not answer and the end of its endpoint's name; None where it is none, or answered."""
    text = said.passage.text
    if _OTHER.search(text) or NO_NAME.search(text) or status_of(text) is not None:
        return None
    if _is_callers(said):
        return None
    return next(((name, endpoint) for wording, name, endpoint in _SERVICES if wording.search(text)), None)


def _is_callers(said: Said) -> bool:
    """Say whether it is the call of whoever deploys, from elsewhere than the task's subnets."""
    passage = said.passage
    return passage.source.startswith("error") and not passage.has(
        "resourceinitialization", "unable to", "logg", "env file", "log stream"
    )
