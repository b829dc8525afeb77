"""The log groups of the awslogs driver are there, or are made, and the execution role may write to them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from automation.preflight.checks.asking import containers, hides, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads
from automation.preflight.roles import EXECUTION, TaskRole, known_of, task_role
from automation.preflight.subject import Subject
from diagnostics.names import pasted, quoted
from diagnostics.policies import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY

ID = "log-group"
TITLE = "the log groups are there, and the execution role may write to them"
READS = "`DescribeLogGroups`, the execution role's policies; the planned log groups"
FIX = "make the log group, and let the execution role write to it"

_GROUP_TYPE = "aws:cloudwatch/logGroup:LogGroup"
_WHY = "the awslogs driver makes a stream before a container starts, so that no container starts without the group"


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look at each container's log group, in the plan first."""
    yield from unseen(subject)
    for stream, name, options in _groups(subject):
        region = options.get("awslogs-region")
        where = region or subject.region
        needed = ["logs:CreateLogStream"]
        if not _planned(subject, name) and not _is_there(name, where, reads):
            if options.get("awslogs-create-group") != "true":
                yield refused(
                    f"the log group {quoted(name)} does not exist",
                    f"make it with `aws logs create-log-group --log-group-name {pasted(name)}`, or set the driver's "
                    'option `awslogs-create-group` to `"true"`',
                    why=_WHY,
                )
                continue
            needed.append("logs:CreateLogGroup")
        role = task_role(subject, EXECUTION, reads)
        if isinstance(role, Hidden):
            yield hides("the execution role", role)
        elif role is not None and role.exists:
            for action in needed:
                yield from _may(subject, role, action, (name, stream), where)


def _groups(subject: Subject) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield a stream as a task would have it, its group's name and the driver's options; each group once."""
    seen: set[tuple[str, Any]] = set()
    for container in containers(subject):
        options = _awslogs(container)
        name = options.get("awslogs-group")
        if isinstance(name, str) and name and (name, options.get("awslogs-region")) not in seen:
            seen.add((name, options.get("awslogs-region")))
            yield f"{options.get('awslogs-stream-prefix', 'ecs')}/{container.get('name')}/{'0' * 32}", name, options


def _awslogs(container: Mapping[str, Any]) -> Mapping[str, Any]:
    logging = container.get("logConfiguration") or {}
    return (logging.get("options") or {}) if logging.get("logDriver") == "awslogs" else {}


def _planned(subject: Subject, name: str) -> bool:
    return any(each.known("name") == name for each in subject.plan.of_type(_GROUP_TYPE))


def _is_there(name: str, region: str | None, reads: PreflightReads) -> bool:
    groups = reads.pages("logs", "describe_log_groups", "logGroups", region=region, logGroupNamePrefix=name)
    return any(each["logGroupName"] == name for each in groups)


def _may(
    subject: Subject, role: TaskRole, action: str, place: tuple[str, str], region: str | None
) -> Iterator[Finding]:
    """Hold the role against what the driver does.

    Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html,
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    name, stream = place
    group = f"arn:{subject.partition}:logs:{region}:{subject.account}:log-group:{name}"
    # Of a group that is made AWS writes both ARNs, with and without an empty stream.
    resources = [group, f"{group}:log-stream:"] if action == "logs:CreateLogGroup" else [f"{group}:log-stream:{stream}"]
    said = {role.decision(action, resource, known_of(subject, role)) for resource in resources}
    decision = next((each for each in (EXPLICIT_DENY, ALLOWED, None) if each in said), IMPLICIT_DENY)
    if not region or not subject.account:
        decision = None
    if decision == ALLOWED:
        return
    if decision is None:
        yield not_done(
            f"whether the execution role {quoted(role.name)} may do `{action}` on {quoted(name)} does not follow from "
            "what is seen"
        )
        return
    statement = {"Effect": "Allow", "Action": action, "Resource": f"{group}:*"}
    yield refused(
        f"the execution role {quoted(role.name)} may not do `{action}` on the log group {quoted(name)}",
        f"add to the role's policy: `{json.dumps(statement)}`",
        why=_WHY if action == "logs:CreateLogGroup" else "the awslogs driver makes a stream before a container starts",
    )
