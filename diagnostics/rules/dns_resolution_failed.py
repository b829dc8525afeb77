"""A name does not resolve.

## What it looks for
`no such host`, `server misbehaving`, `Temporary failure in name resolution`, `Name or service not known`,
`getaddrinfo ENOTFOUND`, `EAI_AGAIN`, `UnknownHostException`, `could not translate host name`, `host not found in
upstream`: in AWS's words before the start, and in the last words of a program that died or never became healthy.

## Why waiting cannot help
A name that does not exist, or a VPC without DNS, stays so. `EAI_AGAIN` and `server misbehaving` may pass, and a name
of Cloud Map appears with the first healthy task of the other service; so one death is only suspect.

## What to do
Look whether the name is right and exists where the task asks for it:

    aws ec2 describe-vpc-attribute --vpc-id VPC --attribute enableDnsSupport
    aws servicediscovery list-services

A private hosted zone must be associated with the task's VPC. The name of another container of the task is `localhost`
with `awsvpc`; names of Docker Compose do not exist in ECS.

## What it is not
- A name that resolves to an address that does not answer: `app-dependency-unreachable`, `registry-unreachable`.
- The name of an EFS file system: `efs-mount-network`.
- A host that is called `undefined`, `None` or `${HOST}`: `app-config-missing`.

## References
- https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.last_words import last_words
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.resolve_words import NO_NAME, NO_NAME_OF
from diagnostics.said import said_by_aws, tasks_of
from diagnostics.settings_values import HOST_OF_NOTHING

ID = "dns-resolution-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (*NO_NAME_OF, *NO_NAME)
_OTHER = re.compile(
    r"too many open files|\bfs-[0-9a-f]+|efs utils|ordering dependency"
    r"|failed to resolve ref(?![^\n]{0,300}(?:lookup|no such host))"
    r"|otel|opentelemetry|x-?ray|statsd|169\.254\.(?!169\.253\b)|^(?:hostname|dnsdomainname): "
    rf"|{HOST_OF_NOTHING.pattern}",
    re.IGNORECASE,
)
"""Names of file systems and images, telemetry that a program lives without, the link-local addresses of credentials
and metadata (169.254.169.253 is the VPC's own resolver), and a container's own name, which no resolver must know."""


def match(evidence: Evidence) -> Finding | None:
    """Return the name that does not resolve."""
    by_aws = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    logged = last_words(evidence, _WORDINGS, names=("host",), unless=_OTHER, unhealthy=True, passing=True)
    said = [*by_aws, *logged]
    if not said:
        return None
    host = next((named for each in said if (named := each.group("host"))), "")
    vpc = (
        next((each for each in evidence.network.vpcs if each.dns_support is False), None) if evidence.network else None
    )
    return Finding(
        what=f"the name {quoted(host)} does not resolve" if host else "a name that the task needs does not resolve",
        why=f"DNS is turned off in the VPC `{vpc.id}`"
        if vpc
        else "the resolver of the VPC has no such name, or does not answer",
        fix=f"turn it on:\naws ec2 modify-vpc-attribute --vpc-id {pasted(vpc.id)} --enable-dns-support"
        if vpc
        else _fix(host),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(host: str) -> str:
    if host and "." not in host:
        return (
            f"{quoted(host)} is a name without a domain, as in Docker Compose: in one task use `localhost`, between "
            "services the name of Service Connect or Cloud Map"
        )
    return (
        "correct the name, associate its private hosted zone with the VPC, and have DNS support and host names on in "
        "the VPC:\naws ec2 describe-vpc-attribute --vpc-id VPC --attribute enableDnsSupport"
    )
