"""
A name does not resolve.

## What it looks for
`no such host`, `server misbehaving`, `Temporary failure in name resolution`, `Name or service not known`, `getaddrinfo
ENOTFOUND`, `EAI_AGAIN`, `UnknownHostException`, `could not translate host name`, `host not found in upstream`: in AWS's
words before the start, and in the last words of a program that died or never became healthy.

## Why waiting cannot help
A name that does not exist, or a VPC without DNS, stays so. `EAI_AGAIN` and `server misbehaving` may pass, and a name of
Cloud Map appears with the first healthy task of the other service; so one death is only suspect.

## What to do
Look whether the name is right and exists where the task asks for it:

    aws ec2 describe-vpc-attribute --vpc-id VPC --attribute enableDnsSupport
    aws servicediscovery list-services

A private hosted zone must be associated with the task's VPC. The name of another container of the task is `localhost`
with `awsvpc`; names of Docker Compose do not exist in ECS.

## What it is not
- A name that resolves to an address that does not answer: `app-dependency-unreachable`, `registry-unreachable`.
- The name of an EFS file system: `efs-mount-network`.

## References
- https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_at_death, said_by_aws, tasks_of

ID = "dns-resolution-failed"
VERDICT = Verdict.SUSPECT

_HOST = r"[‘'\"`]?(?P<host>[A-Za-z0-9][\w.-]*[A-Za-z0-9])[’'\"`]?"
_WORDINGS = (
    Wording.of("no such host", rf"lookup {_HOST}(?: on \S+)?: no such host"),
    Wording.of("server misbehaving", rf"lookup {_HOST}(?: on \S+)?: server misbehaving"),
    Wording.of("lookup ", rf"lookup {_HOST}(?: on \S+)?: [^\n]*(?:i/o timeout|no such host|misbehaving)"),
    Wording.of("no such host"), Wording.of("server misbehaving"),
    Wording.of("enotfound", rf"ENOTFOUND {_HOST}"), Wording.of("enotfound", r"\bENOTFOUND\b"),
    Wording.of("eai_again", rf"EAI_AGAIN {_HOST}"), Wording.of("eai_again", r"\bEAI_AGAIN\b"),
    Wording.of("name resolution", rf"(?:{_HOST}[:\"' ]+)?[^\n]{{0,60}}?(?:temporary failure in name resolution|name resolution (?:fail|error))"),
    Wording.of("name or service not known", rf"(?:{_HOST}: )?name or service not known"),
    Wording.of("nodename nor servname"),
    Wording.of("unknownhostexception", rf"UnknownHostException: {_HOST}"),
    Wording.of("unknown host", rf"unknown (?:\w+ server )?host:? {_HOST}"),
    Wording.of("could not translate host name", rf"could not translate host name {_HOST}"),
    Wording.of("could not resolve", rf"could not resolve (?:host(?:name)?:? )?{_HOST}"),
    Wording.of("host not found", rf"host not found in upstream {_HOST}|host not found"),
    Wording.of("failed to resolve", rf"failed to resolve (?!ref)(?:host(?:name)? )?{_HOST}"),
    Wording.of("unable to resolve", rf"unable to resolve (?:host(?:name)? |service for )?{_HOST}"),
    Wording.of("no address associated with"), Wording.of("nxdomain", rf"(?:{_HOST}: )?NXDOMAIN|NXDOMAIN"), Wording.of("servfail", r"\bSERVFAIL\b"),
    Wording.of("getaddrinfo", r"getaddrinfo(?:\(\))?[^\n]{0,60}(?:fail|error|not known)"),
    Wording.of("php_network_getaddresses"),
    Wording.of("no such host is known"), Wording.of("bad address", rf"bad address {_HOST}"),
    Wording.of("resolver", r"(?:dns|resolver)[^\n]{0,40}(?:timed out|timeout|fail|no answer)"),
    Wording.of("no resolver defined", r"no resolver defined to resolve (?P<host>\S+)"),
)  # fmt: skip
_OTHER = re.compile(r"too many open files|\bfs-[0-9a-f]+|efs utils|failed to resolve ref", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the name that does not resolve."""
    by_aws = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    logged = [
        each for each in said_at_death(evidence, _WORDINGS, unhealthy=True) if not _OTHER.search(each.passage.text)
    ]
    said = [*by_aws, *logged]
    if not said:
        return None
    host = said[0].group("host")
    vpc = (
        next((each for each in evidence.network.vpcs if each.dns_support is False), None) if evidence.network else None
    )
    return Finding(
        what=f"the name {quoted(host)} does not resolve" if host else "a name that the task needs does not resolve",
        why=f"DNS is turned off in the VPC `{vpc.id}`"
        if vpc
        else "the resolver of the VPC has no such name, or does not answer",
        fix=f"turn it on:\naws ec2 modify-vpc-attribute --vpc-id {vpc.id} --enable-dns-support" if vpc else _fix(host),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(host: str) -> str:
    if host and "." not in host:
        return (
            f"{quoted(host)} is a name without a domain, as in Docker Compose: in one task use `localhost`, between services "
            "the name of Service Connect or Cloud Map"
        )
    return "correct the name, associate its private hosted zone with the VPC, and have DNS support and host names on in the VPC"
