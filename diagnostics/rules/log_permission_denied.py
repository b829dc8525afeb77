"""The execution role may not write to CloudWatch Logs.

## What it looks for
A denied `logs:CreateLogStream`, `logs:CreateLogGroup` or `logs:PutLogEvents` while the log driver starts.

## Why waiting cannot help
CloudWatch Logs answered and refused. A policy that was made a moment ago may take a minute, so it stays suspect until
a task that was made a minute later is refused as well.

## What to do
Let the **execution role** write; `AmazonECSTaskExecutionRolePolicy` has the two for streams, and not
`CreateLogGroup`, which `awslogs-create-group` needs:

    {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "LOG_GROUP_ARN:*"}

## What it is not
- A group that does not exist: `log-group-missing`.
- The program's own calls of CloudWatch Logs: `task-role-missing-or-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import quoted
from diagnostics.refusals import Refusal, execution_role, refusals, remedy, tasks_refused
from diagnostics.said import first_and_last

ID = "log-permission-denied"
VERDICT = Verdict.DOOMED

_LOGGING = re.compile(r"log ?(?:stream|group)|logging driver|logger args|awslogs|CloudWatch Logs?", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the write to CloudWatch Logs that the execution role may not do."""
    found = [each for each in refusals(evidence) if _about_logs(each)]
    if not found:
        return None
    first = found[0]
    role = f"the execution role {quoted(first.role_name)}" if first.role_name else "the execution role"
    otherwise = "logs:CreateLogGroup" if "log group" in first.passage.lower else "logs:CreateLogStream"
    on = f" on {quoted(first.resource)}" if first.resource not in ("", "*") else ""
    return Finding(
        what=f"{role} may not call `{first.action or otherwise}`{on}, so the container cannot log",
        why="the log driver starts before the program, with the execution role, and CloudWatch Logs refuses it",
        fix=remedy(first, otherwise, execution_role(evidence)),
        evidence=first_and_last([each.passage for each in found]),
        tasks=tasks_refused(found),
        verdict=Verdict.SUSPECT if started_since(evidence, first.passage) else None,
        settles_after=IAM_SETTLES_AFTER,
    )


def _about_logs(refusal: Refusal) -> bool:
    if refusal.by_the_deployer or refusal.passage.has("splunk"):
        return False
    if refusal.action:
        return refusal.service == "logs"
    return bool(_LOGGING.search(refusal.passage.text))
