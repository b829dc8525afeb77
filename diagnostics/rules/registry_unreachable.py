"""
The task cannot reach the registry, or the API that gives the login for it.

## What it looks for
A pull, or the login to ECR, that nobody answered: `i/o timeout`, `context deadline exceeded`, `request canceled while
waiting for connection`, `RequestError: send request failed`, `There is a connection issue between the task and Amazon
ECR`. Where the subnets, routes, endpoints and security groups could be read, it says what is missing.

## Why waiting cannot help
The way out of a subnet does not appear by retrying. A single time-out may be bad luck, so one task is only suspect.

## What to do
Give the private subnets a route to a NAT gateway, or VPC endpoints for `ecr.api`, `ecr.dkr`, `s3` (gateway) and `logs`,
and let the tasks' security group out on port 443. In a public subnet a task needs `assignPublicIp: ENABLED`.

    aws ec2 describe-route-tables --filters Name=association.subnet-id,Values=SUBNET

## What it is not
- A registry that answered, whatever it said.
- A name that does not resolve: `dns-resolution-failed`.
- Secrets and logs that cannot be reached: `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.registry_words import host_of, is_ecr, is_pull
from diagnostics.said import Wording, said_by_aws, tasks_of
from diagnostics.way_out import obstacle

ID = "registry-unreachable"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    Wording.of("i/o timeout"),
    Wording.of("deadline exceeded"),
    Wording.of("request canceled"),
    Wording.of("requestcanceled"),
    Wording.of("client.timeout exceeded"),
    Wording.of("send request failed"),
    Wording.of("connection issue between the task and amazon ecr"),
    Wording.of("connection issue", r"connection issue between the task and (?:the )?(?:registry|Amazon ECR|ECR)"),
    Wording.of("tls handshake timeout"),
    Wording.of("connection refused", r"dial tcp[^\n]*connection refused"),
    Wording.of("no route to host"),
    Wording.of("network is unreachable"),
    Wording.of("connection timed out"),
    Wording.of("timeout awaiting response headers"),
    Wording.of("proxyconnect tcp"),
)
_OTHER = re.compile(
    r"no such host|server misbehaving|name resolution|too many open files|amazon cloudwatch|\blogs\.[a-z0-9-]+\.amazonaws"
    r"|log (?:stream|group)|logger args|secrets? manager|secretsmanager|\bssm\b|efs|env(?:ironment)? ?files?|network interface"
    r"|pulling image: rpc error",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that the tasks cannot reach."""
    said = [
        each
        for each in said_by_aws(evidence, _WORDINGS)
        if is_pull(each.passage) and not _OTHER.search(each.passage.text)
    ]
    if not said:
        return None
    text = said[0].passage.text
    host = host_of(said[0].passage)
    ecr = is_ecr(text) or not host
    login = "registry auth" in text or "api.ecr" in text or "GetAuthorizationToken" in text
    known = obstacle(evidence, "ecr.api" if login else "ecr.dkr") if ecr else None
    place = quoted(host) if host else ("Amazon ECR" if ecr and is_ecr(text) else "the registry")
    return Finding(
        what=f"the tasks cannot reach {place}" + (f": {known.what}" if known else ""),
        why="nobody answered on the way from the task's subnet, and a way does not appear by retrying",
        fix=known.fix
        if known
        else "give the subnets a route to a NAT gateway, or VPC endpoints for `ecr.api`, `ecr.dkr` and `s3`; let the tasks' "
        "security group out on port 443; in a public subnet set `assignPublicIp` to `ENABLED`",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
