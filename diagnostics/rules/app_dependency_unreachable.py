"""
The program cannot reach a database, cache, broker or another service that it needs.

## What it looks for
In the last words of a program that died, or that never became healthy: `ECONNREFUSED`, `ETIMEDOUT`, `Connection refused`,
`could not connect to server`, `Communications link failure`, `No brokers available`, `Server selection timeout` and the
like, with the host and port where they are named.

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

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_at_death, tasks_of

ID = "app-dependency-unreachable"
VERDICT = Verdict.SUSPECT

_HOST = r"(?P<host>[\w.-]+?\.[\w.-]+|localhost|\[[0-9a-f:]+\])"
_PORT = r"(?P<port>\d{2,5})"
_WORDINGS = (
    Wording.of("econnrefused", rf"ECONNREFUSED[^\n]{{0,20}}?{_HOST}:{_PORT}"),
    Wording.of("etimedout", rf"ETIMEDOUT[^\n]{{0,20}}?{_HOST}:{_PORT}"),
    Wording.of("dial tcp", rf"dial tcp {_HOST}:{_PORT}: (?:connect: |i/o )?\w+"),
    Wording.of("connection to server at", rf"connection to server at \"{_HOST}\"[^\n]{{0,60}}port {_PORT} failed: (?!FATAL)"),
    Wording.of("could not connect", rf"could not connect to (?:server|database|redis|mongo\w*|rabbit\w*|kafka|broker|host|{_HOST})[^\n]*"),
    Wording.of("connection refused", rf"{_HOST}[: ](?:port )?{_PORT}[^\n]{{0,80}}connection refused"),
    Wording.of("connection refused", rf"connection refused[^\n]{{0,40}}?{_HOST}:{_PORT}"),
    Wording.of("connection refused"),
    Wording.of("connection timed out"),
    Wording.of("connect timed out"),
    Wording.of("connect", rf"connect(?:_to|ing to| to) {_HOST}(?: on)? port {_PORT}[^\n]{{0,20}}fail"),
    Wording.of("connection timeout", r"connection timeout(?: expired)?"),
    Wording.of("econnrefused"), Wording.of("econnreset"), Wording.of("etimedout"), Wording.of("ehostunreach"), Wording.of("enetunreach"),
    Wording.of("no route to host"),
    Wording.of("network is unreachable"),
    Wording.of("can't connect to", r"can't connect to (?:local )?(?:mysql|mariadb|server)[^\n]*"),
    Wording.of("can not connect", r"(?:can ?not|unable to|failed to|couldn't) connect to [^\n]{0,80}(?:server|database|db|redis|mongo|rabbit|kafka|broker|host|elasticsearch|postgres|mysql|sql|cache|queue)"),
    Wording.of("cannot connect", r"cannot connect to [^\n]{0,80}"),
    Wording.of("unable to connect", r"unable to connect to [^\n]{0,80}"),
    Wording.of("failed to connect", r"failed to connect to [^\n]{0,80}"),
    Wording.of("communications link failure"),
    Wording.of("the network adapter could not establish the connection"),
    Wording.of("the tcp/ip connection to the host", rf"the TCP/IP connection to the host {_HOST}, port {_PORT} has failed"),
    Wording.of("network-related or instance-specific error"),
    Wording.of("can't reach database server", rf"can't reach database server at `?{_HOST}`?:`?{_PORT}"),
    Wording.of("serverselection", r"(?:MongoServerSelectionError|ServerSelectionTimeoutError|server selection (?:timed out|timeout|error))"),
    Wording.of("server selection", r"server selection (?:timed out|timeout|error)"),
    Wording.of("nobrokersavailable"),
    Wording.of("no brokers available"),
    Wording.of("broker transport failure"),
    Wording.of("amqp", r"(?:AMQP|amqplib|pika|RabbitMQ)[^\n]*(?:refused|timed out|timeout|unreachable|not reachable|AMQPConnectionError)"),
    Wording.of("none of the specified endpoints were reachable"),
    Wording.of("connection error", r"(?:redis|elastic\w*|opensearch|kafka|rabbit|mongo|memcached)[^\n]*connection ?error"),
    Wording.of("no living connections"),
    Wording.of("timeout expired", r"timeout expired[^\n]*(?:connection|pool)"),
    Wording.of("timeouterror", r"(?:connect|connection|pool|knex|sequelize)[^\n]*TimeoutError|TimeoutError[^\n]*(?:connect|acquir)"),
    Wording.of("timed out", r"(?:timed out|timeout)[^\n]{0,60}(?:connecting|waiting for (?:the )?(?:database|db|postgres|mysql|redis|server|connection|[\w.-]+:\d+))"),
    Wording.of("timeout occurred after waiting", r"timeout occurred after waiting[^\n]*"),
    Wording.of("database", r"database[^\n]{0,40}(?:unreachable|not reachable|unavailable|is not available|connection (?:failed|error|lost))"),
    Wording.of("upstream", r"(?:connect\(\) failed|upstream timed out)[^\n]*upstream"),
    Wording.of("econnaborted"),
    Wording.of("failed to establish a new connection"),
    Wording.of("max retries exceeded with url"),
    Wording.of("service unavailable", r"(?:upstream|gateway|dependency|api)[^\n]{0,60}503 service unavailable"),
)  # fmt: skip
_OTHER = re.compile(
    r"password authentication|access denied for user|authentication failed|no such host|ENOTFOUND|EAI_AGAIN|name resolution"
    r"|name or service not known|could not translate host|unknown host|certificate|no pg_hba|curl: \(7\)|wget:|169\.254\."
    r"|health ?check|QueuePool limit|docker daemon|docker\.sock|x-ray|xray|otel|:4317|:4318|retrying|will retry|attempt \d+ of",
    re.IGNORECASE,
)
_LOCAL = re.compile(r"^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0)$")


def match(evidence: Evidence) -> Finding | None:
    """Return the service that the program cannot reach."""
    said = [each for each in said_at_death(evidence, _WORDINGS, unhealthy=True) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    host, port = said[0].group("host"), said[0].group("port")
    place = f"{host}:{port}" if host and port else host
    local = bool(host) and bool(_LOCAL.match(host))
    return Finding(
        what=f"the program cannot reach {quoted(place)}"
        if place
        else "the program cannot reach a service that it needs",
        why="nothing listens at that address inside the task, whose `localhost` is the task itself"
        if local
        else "nobody accepts the connection: the address is wrong, the other side is down, or a security group drops it",
        fix="set the address of the service in the program's settings; in another task or in RDS it is not `localhost`"
        if local
        else f"look whether the address is right, the service is up, and its security group admits the tasks{f' on port {port}' if port else ''}",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
