"""The program cannot reach a database, cache, broker or another service that it needs.

## What it looks for
In the last words of a program that died by itself, or never became healthy: the words of drivers and clients for a
peer that does not answer (`ECONNREFUSED`, `ETIMEDOUT`, `Connection refused`, `could not connect to server`,
`Communications link failure`, `NoBrokersAvailable`, `MongoServerSelectionError`, `P1001`), with host and port where
they are named. Lines below the level of an error, tries that a later line calls successful, and lines before a
mistake of the program itself are passed over; a warning counts among the last dozen lines of a program that ended
without a louder word. A server that hangs up, has no connection left or is still starting counts as well; that a
service hung up on a client, or answered 502 to 504, counts where the program ended by itself. In what a program ended
with, its author's own sentence is enough: something timed out, could not be reached, or did not answer.

## Why waiting cannot help
It can, when the other side comes up; a wrong address, a missing route or a security group stays. So one death is only
suspect, and a second one, with none healthy in between, makes it certain for this deployment.

## What to do
Look whether the address is right, and whether the other side's security group admits the tasks' group on that port:

    aws ec2 describe-security-groups --group-ids GROUP --query 'SecurityGroups[].IpPermissions'

`localhost` inside a task is the task itself: what runs in another task has another address.

## What it is not
- A name that does not resolve: `dns-resolution-failed`.
- A server that answers and refuses the login: `app-dependency-auth-failed`.
- AWS's own endpoints at the start of a task: `aws-endpoint-unreachable`, `registry-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-inbound.html
- https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Troubleshooting.html
- https://man7.org/linux/man-pages/man2/connect.2.html
"""

import re

from diagnostics.cluster_words import CLOSED, NO_MEMBER
from diagnostics.evidence import Evidence
from diagnostics.hang_up_words import GAVE_UP, HUNG_UP, NOT_GIVEN_UP
from diagnostics.last_words import last_words
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.reach_words import NO_ANSWER, NO_ANSWER_FROM
from diagnostics.said import tasks_of
from diagnostics.settings_values import HOST_OF_NOTHING

ID = "app-dependency-unreachable"
VERDICT = Verdict.SUSPECT

_OTHER = re.compile(
    r"password authentication|access denied for user|auth(?:entication)? fail(?:ed|ure)|invalid password|no such host"
    r"|(?-i:ENOTFOUND|EAI_AGAIN)"
    r"|name resolution"
    r"|name or service not known|could not translate host|unknown (?:server )?host|certificate|no pg_hba"
    r"|non-existing domain|name resolver error|authenticationfailure|aws ec2 instance meta|\bConfigException\b"
    r"|server does not support|169\.254\."
    r"|health ?check(?! timeout: (?:no |Head ))"
    r"(?![^\n]{0,100}\b(?:database|npgsql|postgres\w*+|mysql|mariadb|redis"
    r"|mongo\w*+|rabbit\w*+|kafka|elastic\w*+|opensearch|sql ?server|data ?source|jdbc)\b)"
    r"|\[AppNet Agent\]|envoy readiness|QueuePool limit|docker daemon|docker\.sock|x-?ray"
    r"|otel|opentelemetry|:431[78]\b|statsd|:8125\b|:8126\b"
    rf"|{HOST_OF_NOTHING.pattern}"
    r"|(?:curl: \(7\)|wget:)[^\n]{0,300}(?:localhost|127\.0\.0\.1|remote host)",
    re.IGNORECASE,
)
"""Lines of which another rule knows better what they mean, and of telemetry that a program lives without."""
_NOT_GIVEN_UP = re.compile(f"{_OTHER.pattern}|{NOT_GIVEN_UP.pattern}", re.IGNORECASE)
_LOCAL = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0)$")


def match(evidence: Evidence) -> Finding | None:
    """Return the service that the program cannot reach."""
    said = [
        *last_words(
            evidence,
            (*NO_ANSWER_FROM, *NO_ANSWER, *NO_MEMBER),
            names=("host",),
            unless=_OTHER,
            unhealthy=True,
            passing=True,
        )
    ]
    said = said or [*last_words(evidence, (*HUNG_UP, *CLOSED), unless=_OTHER, passing=True)]
    said = said or [*last_words(evidence, GAVE_UP, unless=_NOT_GIVEN_UP, passing=True, closing=True)]
    if not said:
        return None
    host, port = said[0].group("host"), said[0].group("port")
    place = f"{host}:{port}" if host and port else host
    local = bool(_LOCAL.match(host))
    return Finding(
        what=f"the program cannot reach {quoted(place)}"
        if place
        else "the program cannot reach a service that it needs",
        why="nothing listens at that address inside the task, whose `localhost` is the task itself"
        if local
        else "nobody accepts the connection: the address is wrong, the peer is down, or a security group drops it",
        fix=_fix(port, local=local),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )


def _fix(port: str, *, local: bool) -> str:
    if local:
        return "set the service's address in the program's settings; in another task or in RDS it is not `localhost`"
    on_port = f" on port {port}" if port else ""
    return (
        f"look whether the address is right, the service is up, and its security group admits the tasks{on_port}:\n"
        "aws ec2 describe-security-groups --group-ids GROUP --query 'SecurityGroups[].IpPermissions'"
    )
