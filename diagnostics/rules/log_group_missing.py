"""The log group that the containers log to does not exist.

## What it looks for
`ResourceNotFoundException: The specified log group does not exist` (or log stream) while the log driver starts.

## Why waiting cannot help
CloudWatch Logs answered that it has no such group, and without `awslogs-create-group` nobody makes it. One that the
same update makes may come a moment later, so it stays suspect until a task that was made a minute later fails alike.

## What to do

    aws logs create-log-group --log-group-name NAME

in the region of `awslogs-region`; or let the driver make it (`"awslogs-create-group": "true"`, with
`logs:CreateLogGroup` for the execution role). `FargateService` makes its own.

## What it is not
- A refusal: `log-permission-denied`.
- No answer: `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, first_and_last, said_by_aws, tasks_of

ID = "log-group-missing"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    Wording.of("log group does not exist"),
    Wording.of("log stream does not exist"),
    Wording.of("log group", r"(?:cannot|could not|can't|unable to) find the (?:amazon )?(?:cloudwatch )?log group"),
    Wording.of("log group", r"log group[^\n]{0,120}(?:does not exist|(?:not|cannot be) found|doesn[\u2019']?t exist)"),
    Wording.of(
        "notfoundexception",
        r"(?:log stream|log group|logging driver|logger args)[^\n]{0,400}(?:Resource|Request)NotFoundException",
    ),
)
_CUT_OFF = Wording.of(
    "resourcenotf", r"(?:log stream|log group|logging driver|logger args)[^\n]{0,400}ResourceNotF\w*[.\u2026\s]*\Z"
)
_OTHER = re.compile(r"connection issue|AccessDenied|not authorized|deadline|timeout|send request failed", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the log group that does not exist."""
    said = [each for each in said_by_aws(evidence, (*_WORDINGS, _CUT_OFF)) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    groups = {
        (each.log_option("awslogs-group"), each.log_option("awslogs-region"))
        for each in (evidence.task_definition.containers if evidence.task_definition else ())
        if each.log_option("awslogs-group")
    }
    group, region = groups.pop() if len(groups) == 1 else ("", "")
    where = f" --region {pasted(region)}" if region else ""
    return Finding(
        what=f"the log group {quoted(group)} does not exist"
        if group
        else "the log group of the container does not exist",
        why="the log driver starts before the program, and CloudWatch Logs has no such group to write to",
        fix=f"make it, or correct `awslogs-group` and `awslogs-region`:\n"
        f"aws logs create-log-group --log-group-name {pasted(group or 'NAME')}{where}",
        evidence=first_and_last([each.passage for each in said]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if started_since(evidence, said[0].passage) else None,
        settles_after=None if said[0].passage.source.startswith("error") else IAM_SETTLES_AFTER,
    )
