"""The task cannot reach the registry, or the API that gives the login for it.

## What it looks for
A pull, or the login to ECR, that nobody answered: `i/o timeout`, `context deadline exceeded`, `request canceled while
waiting for connection`, `RequestError: send request failed`, `There is a connection issue between the task and Amazon
ECR`. Where the subnets, routes, endpoints and security groups could be read, it says what is missing. Also a registry
with which no TLS connection comes about: `x509: certificate signed by unknown authority`, `server gave HTTP response to
HTTPS client`.

## Why waiting cannot help
The way out of a subnet does not appear by retrying. A single time-out may be bad luck, so one task is only suspect.

## What to do
Give the private subnets a route to a NAT gateway, or VPC endpoints for `ecr.api`, `ecr.dkr`, `s3` (gateway) and
`logs`, and let the tasks' security group out on port 443. In a public subnet a task needs `assignPublicIp: ENABLED`.

    aws ec2 describe-route-tables --filters Name=association.subnet-id,Values=SUBNET

## What it is not
- A registry that answered a request, whatever it said.
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
from diagnostics.registry_words import NO_NAME, UNANSWERED, from_ecr, host_of, is_ecr, is_pull, status_of
from diagnostics.said import Said, Wording, find, said_by_aws, tasks_of
from diagnostics.way_out import obstacle

ID = "registry-unreachable"
VERDICT = Verdict.SUSPECT

_NO_TLS = (
    Wording.of("x509: "),
    Wording.of("http response to https client"),
    *Wording.any_of(
        ("tls: ", "ssl_error"), r"\btls: (?:handshake failure|bad certificate|protocol version|unknown cert\w+)"
    ),
    Wording.of("first record does not look like a tls handshake"),
)
"""Go's crypto/tls and net/http: the registry was reached, and the task and it cannot talk to each other."""
_WORDINGS = (
    *UNANSWERED,
    Wording.of("client.timeout exceeded"),
    Wording.of("check your network configuration"),
    Wording.of("check your host network configuration"),
    Wording.of("connection refused", r"dial tcp[^\n]{0,200}connection refused"),
    Wording.of("timeout awaiting response headers"),
    Wording.of("proxyconnect tcp"),
    *_NO_TLS,
    Wording.of("could not reach any registry endpoint"),
    Wording.of("timeout", r"CannotPull\w*Error: *timeout\W*$"),
    # the daemon's words, cut off before it says why nobody answered
    Wording.of("api error (500): get http", r"API error \(500\): Get \"?https?://[\w./-]{1,200}\"?:?\s*$"),
    Wording.of("context canceled", r"failed to (?:do request|resolve ref|authorize)[^\n]{0,400}context canceled"),
    Wording.of("context canceled", r"CannotPullContainer\w*: context canceled"),
    # AWS's page of pull errors: the rules of the security group, or the route, to S3 are missing
    Wording.of("nil pointer dereference", r"pull command failed: panic"),
    # containerd's words, cut off while it tells of the connection
    Wording.of(
        "failed to do request",
        r"failed to do request: \w+ \"?https?://[^\s\"]+\"?:?(?: d\w{0,3}(?: tcp \S*(?: [\w/]{0,7})?)?)?[.\u2026\s]*\Z",
    ),
    Wording.of("failed to do request", r"failed to do request:?(?: \w{1,5}(?: \"?(?:h[^\s\"]*)?)?)?[.\u2026\s]*\Z"),
    Wording.of("net/http: re", r"net/http: req\w{0,4}(?: c[a-z ]{0,20})?[.\u2026\s]*\Z"),
    Wording.of("i/o ti", r"dial tcp [^\n]{0,200}i/o tim?e?[.\u2026\s]*\Z"),
    # an answer, a refusal too, is retried once; no answer more often
    Wording.of("retried", r"ecr registry auth: service call has been retried [3-9] time\(s\)[^\w\n]*\Z"),
    # the pull that Fargate ends after its time without an answer
    Wording.of("signal: killed", r"pull command failed:[ :]{0,6}signal: killed"),
)
_OTHER = re.compile(
    r"too many open files|amazon cloudwatch|\blogs\.[a-z0-9-]+\.amazonaws|log (?:stream|group)|secrets manager"
    r"|systems manager"
    r"|efs|network interface|pulling image: rpc error|AccessDenied|toomanyrequests",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"registry auth|api\.ecr|GetAuthorizationToken|CannotPullECR", re.IGNORECASE)
_LAYERS = re.compile(r"starport-layer|\.s3[.-]|pull command failed: panic", re.IGNORECASE)
"""ECR keeps layers in a bucket of S3, and sends the task there."""


def match(evidence: Evidence) -> Finding | None:
    """Return the registry that the tasks cannot reach."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if _is_silence(each)]
    if not said:
        return None
    passage = said[0].passage
    host = host_of(passage)
    if find(passage, _NO_TLS):
        return _without_tls(said, host)
    known = obstacle(evidence, _endpoint(passage.text)) if from_ecr(evidence, passage) is not False else None
    place = quoted(host) if host else ("Amazon ECR" if is_ecr(passage.text) else "the registry")
    return Finding(
        what=f"the tasks cannot reach {place}" + (f": {known.what}" if known else ""),
        why="nobody answered on the way from the task's subnet, and a way does not appear by retrying",
        fix=known.fix
        if known
        else "give the subnets a route to a NAT gateway, or VPC endpoints for `ecr.api`, `ecr.dkr` and `s3`; "
        "let the tasks' "
        "security group out on port 443; in a public subnet set `assignPublicIp` to `ENABLED`",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _without_tls(said: list[Said], host: str) -> Finding:
    place = quoted(host) if host else "the registry"
    return Finding(
        what=f"the tasks cannot make a TLS connection to {place}: {quoted(said[0].found[0].strip())}",
        why="the host of the task trusts public certificates and asks registries by HTTPS alone; the registry stays as"
        " it is",
        fix="give the registry a certificate of a public authority, or keep the image in ECR; on EC2 instances the"
        " daemon can be told to trust it (`/etc/docker/certs.d`, `insecure-registries`)",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _is_silence(said: Said) -> bool:
    """Say whether it is a registry that nobody reached: no code of an answer, no name that failed, no transfer."""
    text = said.passage.text
    if not is_pull(said.passage) or _OTHER.search(text) or NO_NAME.search(text) or status_of(text) is not None:
        return False
    return "read tcp" not in text


def _endpoint(text: str) -> str:
    if _LAYERS.search(text):
        return "s3"
    return "ecr.api" if _LOGIN.search(text) else "ecr.dkr"
