"""
The log driver or log router of the container is set up wrongly.

## What it looks for
`failed to initialize logging driver`, `unknown log opt`, a driver that is not there, a missing option; a FireLens log
router (Fluent Bit, Fluentd) that cannot read its configuration; Splunk, Fluentd or GELF that do not answer the driver.

## Why waiting cannot help
The driver's options and the router's configuration are part of the task definition and the image. A collector that does
not answer may come back, so what names no option is only suspect.

## What to do
Correct `logConfiguration` (with `awslogs`: `awslogs-group`, `awslogs-region`, `awslogs-stream-prefix`) or the router's
configuration file; try it locally:

    docker run --rm -v ./fluent-bit.conf:/fluent-bit/etc/fluent-bit.conf IMAGE /fluent-bit/bin/fluent-bit -c /fluent-bit/etc/fluent-bit.conf --dry-run

## What it is not
- A log group that is missing or refused: `log-group-missing`, `log-permission-denied`.
- CloudWatch Logs that cannot be reached: `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.said import Wording, said_at_death, said_by_aws, tasks_of

ID = "log-driver-misconfigured"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("failed to initialize logging driver"),
    Wording.of("unknown log opt"),
    Wording.of("log opt", r"(?:invalid|unknown|missing|bad)[^\n]{0,40}log.?opt"),
    Wording.of("logger", r"(?:failed to create|no) logger[^\n]*|logger: no log driver named"),
    Wording.of(
        "log driver",
        r"log ?driver[^\n]{0,100}(?:not|unknown|invalid|unsupported|must|missing|fail)|(?:unknown|invalid|unsupported|no) log ?driver",
    ),
    Wording.of("logging driver", r"logging driver[^\n]{0,100}(?:not|unknown|invalid|unsupported|must|missing|fail)"),
    Wording.of("logdriver", r"logDriver[^\n]{0,100}(?:not|unknown|invalid|unsupported|must|missing)"),
    Wording.of("firelens", r"firelens[^\n]*(?:must|fail|error|at least one|cannot|invalid|not|exit|only)"),
    Wording.of("log router", r"log ?router[^\n]*(?:fail|error|exit|unable|timeout|refused)"),
    Wording.of("log_router", r"log_router[^\n]*(?:fail|error|exit|unable|timeout|refused)"),
    Wording.of("validate logger args", r"failed to validate logger args"),
    Wording.of("awslogs", r"awslogs-[\w-]+[^\n]{0,60}(?:required|missing|must|invalid|unknown|not)"),
    Wording.of("splunk", r"splunk[^\n]{0,80}(?:fail|error|refused|timeout|required|is expected|invalid|verify)"),
    Wording.of("fluentd", r"fluentd?[^\n]{0,80}(?:fail|error|refused|timeout|could not|cannot)"),
)
_ROUTERS = (
    Wording.of("configuration file contains errors"),
    Wording.of("tried to instance a plugin"),
    Wording.of(
        "fluent",
        r"fluent[^\n]*(?:config error|ConfigError|ConfigParseError|unable to parse|error initializing|aborting)",
    ),
    Wording.of("config error file"),
    Wording.of("[config]", r"\[(?:error|config)\][^\n]*\[config\]|\[error\] \[config\]"),
    Wording.of("initializing input", r"(?:error|fail\w*) initializing (?:input|output|filter)"),
    Wording.of("unknown output plugin", r"unknown (?:output|input|filter) plugin"),
    Wording.of(
        "collector",
        r"(?:failed to get config|cannot (?:load|unmarshal)[^\n]{0,40}config)[^\n]*(?:collector|exporters?|receivers?)",
    ),
)
_OTHER = re.compile(
    r"log group|log stream|AccessDenied|not authorized|connection issue|i/o timeout|deadline exceeded|ResourceNotFound"
    r"|send request failed|no such host",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(r"connection refused|timeout|timed out|dial tcp", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return what of the logging is set up wrongly."""
    found = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    routed = [*said_at_death(evidence, _ROUTERS)]
    said = [*found, *routed]
    if not said:
        return None
    router = not found
    return Finding(
        what="the log router cannot read its configuration"
        if router
        else "the container's log driver cannot start with these options",
        why="the log driver and the router start before or beside the program, and their settings are fixed",
        fix="correct the router's configuration file"
        if router
        else "correct `logConfiguration` in the task definition: the driver's name and its options",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if router or _NO_ANSWER.search(said[0].passage.text) else None,
    )
