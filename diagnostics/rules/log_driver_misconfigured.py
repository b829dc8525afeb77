"""The log driver or log router of the container is set up wrongly.

## What it looks for
`failed to initialize logging driver`, `unknown log opt`, a driver that is not there, a missing option
(`Log driver awslogs requires options`); a FireLens log router (Fluent Bit, Fluentd), or another collector in the task,
that dies because it cannot read its configuration.

## Why waiting cannot help
The driver's options and the router's configuration are part of the task definition and the image. A collector that does
not answer the driver may come back, so that is only suspect.

## What to do
Correct `logConfiguration` (with `awslogs`: `awslogs-group`, `awslogs-region`, `awslogs-stream-prefix`) or the router's
configuration file; try it locally:

    docker run --rm -v ./fluent-bit.conf:/f.conf IMAGE /fluent-bit/bin/fluent-bit -c /f.conf --dry-run

## What it is not
- A log group that is missing or refused: `log-group-missing`, `log-permission-denied`.
- CloudWatch Logs that cannot be reached: `aws-endpoint-unreachable`.
- A router that complains and goes on.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html
- https://docs.docker.com/engine/logging/configure/
- https://github.com/moby/moby/tree/master/daemon/logger
"""

import re
from itertools import islice

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Said, Wording, said_at_death, said_by_aws, tasks_of

ID = "log-driver-misconfigured"
VERDICT = Verdict.DOOMED

_WRONG = ("not support", "unknown", "invalid", "must", "missing", "not found", "not available", "disallow")
_ENDPOINT = "missingendpoint"
"""The SDK of the awslogs driver knows no such region: `awslogs-region` is wrong, whatever the words around it."""
_WORDINGS = (
    Wording.of(_ENDPOINT, r"(?P<why>MissingEndpoint[^\n]*)"),
    Wording.of("failed to initialize logging driver", r"failed to initialize logging driver:? *(?P<why>[^\n]*)"),
    Wording.of("unknown log opt", r"(?P<why>unknown log opt(?: '?(?P<option>[\w-]+)'?)?[^\n]*)"),
    Wording.of("log-opt", r"(?:invalid|unknown|missing|bad)[^\n]{0,40}log-opt[^\n]*"),
    # daemon/logger/awslogs/cloudwatchlogs.go
    Wording.of("log opt", r"(?P<why>(?:must specify|cannot configure)[^\n]{0,60}log opt '?(?P<option>[\w-]+)'?[^\n]*)"),
    Wording.of("could not parse", r"(?P<why>awslogs could not parse[^\n]*)"),
    Wording.of("no log driver named", r"(?P<why>(?:logger: )?no log driver named '?(?P<driver>[\w-]+)'?[^\n]*)"),
    Wording.of("requires option", r"(?P<why>log driver '?[\w-]+'? requires options?:? (?P<option>[\w-]++)[^\n]*)"),
    *(Wording.of(end, rf"(?P<why>log(?:ging)? ?driver[^\n]{{0,100}}?{end}[^\n]*)") for end in _WRONG),
    Wording.of("should not be", r"(?P<why>log driver '?[\w-]+'? option '?(?P<option>[\w-]+)'? should not be[^\n]*)"),
    *(Wording.of(f"{end} log", rf"(?P<why>{end} log(?:ging)? driver[^\n]*)") for end in ("unknown", "invalid", "no")),
    Wording.of("failed to create logger"),
    Wording.of("failed to validate logger args", r"failed to validate logger args ?:? *(?P<why>[^\n]*)"),
    *(
        Wording.of(end, rf"(?P<why>firelens(?:Configuration)?\b[^\n]{{0,200}}?{end}[^\n]*)")
        for end in (*_WRONG, "at least one", "cannot", "fail", "only", "unable")
    ),
    *(
        Wording.of(end, rf"(?P<why>(?P<option>awslogs-[\w-]++)[^\n]{{0,60}}?{end}[^\n]*)")
        for end in (*_WRONG, "required")
    ),
)
_ROUTERS = (
    # Fluent Bit: src/flb_config.c, src/fluent-bit.c, src/config_format; older versions write `contain errors`
    Wording.of("configuration file contain", r"configuration file contains? (?:format )?errors"),
    Wording.of("tried to instance a plugin"),
    Wording.of("configuration file", r"could not open (?:\w+ )?configuration file[^\n]{0,300}abort"),
    Wording.of("invalid configuration value at"),
    Wording.of("[config]", r"\[error\] \[config\]"),
    Wording.of("error] ", r"(?:^|\s)\[ ?error\] (?:File \S+\.(?:conf|cfg|ya?ml)$|Error in line \d+)"),
    Wording.of("cannot be loaded", r"(?:output|input|filter) plugin \S+ cannot be loaded"),
    Wording.of("configuration key provided", r"\[error\] \[output[^\n]{0,300}configuration key provided"),
    Wording.of("requested parser", r"\[error\] \[filter[^\n]{0,300}requested parser \S+ not found"),
    Wording.of(" initializing ", r"(?:error|fail\w*+) initializing (?:input|output|filter)"),
    Wording.of(
        "initialization failed", r"\[error\] \[(?:engine|lib|output|input|filter)\b[^\n]{0,300}initialization failed"
    ),
    # Fluentd's parser of configurations
    Wording.of("config error file"),
    Wording.of("fluent::configerror"),
    Wording.of("fluent::configparseerror"),
    Wording.of(" plugin", r"unknown (?:output|input|filter) plugin"),
    # Vector
    Wording.of("vector", r"ERROR vector::[^\n]{0,300}configuration error"),
)
_OTHER = re.compile(
    r"log (?:group|stream)|logs\.[a-z0-9-]+\.amazonaws|logstream|loggroup|AccessDenied|not authorized|connection issue"
    r"|ResourceNotFound|send request failed|CredentialsEndpointError|EC2RoleRequestError|NoCredentialProviders"
    r"|secret|throttl|not have permission|signal: killed",
    re.IGNORECASE,
)
_CUT_OFF = re.compile(
    r"(?:initialize logging driver|validate logger args)\b(?: ?: *+(?:create stream[a-z0-9 ()]{0,40}:? *+)?"
    r"(?:failed(?: to(?: c[a-z]{0,5}(?: Cl[a-z]{0,9}(?: l[a-z]{0,3}(?: [a-z]{0,6})?)?)?)?)?)?:?)?[.\u2026\s]*\Z",
    re.IGNORECASE,
)
"""A sentence that was cut off before it says what the driver fails at: an option, a group or a refusal."""
_NO_ANSWER = re.compile(
    r"connection refused|time-?out|timed out|dial (?:tcp|udp|unix)|deadline exceeded|no such host"
    r"|verify connection|\bEOF$"
)
_SAID = 200
_LOOKED_AT = 50
"""Sentences that are looked at more closely: a document may hold thousands that say the same."""


def match(evidence: Evidence) -> Finding | None:
    """Return what of the logging is set up wrongly."""
    said = islice(said_by_aws(evidence, _WORDINGS), _LOOKED_AT)
    found = [each for each in said if _ENDPOINT in each.passage.lower or _is_of_the_driver(each.passage.text)]
    if found:
        return _of_the_driver(found)
    routed = [*said_at_death(evidence, _ROUTERS)]
    if not routed:
        return None
    return Finding(
        what=f"the log router cannot read its configuration: {quoted(routed[0].passage.text[:_SAID])}",
        why="the router's configuration is part of its image or of the task definition, and it ends at each start",
        fix="correct the router's configuration file, or the options of `awsfirelens` that make one; to try it:\n"
        "docker run --rm -v ./fluent-bit.conf:/f.conf amazon/aws-for-fluent-bit /fluent-bit/bin/fluent-bit -c /f.conf"
        " --dry-run",
        evidence=tuple(each.passage.quote() for each in routed[:2]),
        tasks=tasks_of(routed),
    )


def _is_of_the_driver(text: str) -> bool:
    return not _OTHER.search(text) or _CUT_OFF.search(text) is not None


def _of_the_driver(found: list[Said]) -> Finding:
    said = found[0]
    why = " ".join((said.group("why") or said.passage.text).split())[:_SAID]
    silent = bool(_NO_ANSWER.search(said.passage.text))
    option = said.group("option")
    where = f"`logConfiguration.options` (`{option}`)" if option else "`logConfiguration`: the driver and its options"
    return Finding(
        what=f"the container's log driver cannot reach where it sends to: {quoted(why)}"
        if silent
        else f"the container's log driver cannot start with these options: {quoted(why)}",
        why="Docker starts no container whose log driver cannot be set up",
        fix="let the address in the log driver's options be reachable from the task, or log with `awslogs` instead"
        if silent
        else f"correct {where} in the task definition",
        evidence=tuple(each.passage.quote() for each in found[:2]),
        tasks=tasks_of(found),
        verdict=Verdict.SUSPECT if silent or _CUT_OFF.search(said.passage.text) else None,
    )
