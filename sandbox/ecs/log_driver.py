"""What the awslogs driver does before a container starts: it makes the stream, and the group where it is told to.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html
The words: transcripts 56069574094, 71369180435 (survey 2026-11-20); pull requests 145 and 313 of
terraform-aws-modules/terraform-aws-ecs.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.ecs.execution import Execution, Problem

_FAILED = "ResourceInitializationError: failed to validate logger args:"
_RETRIED = f"{_FAILED} create stream has been retried 1 times: failed to create Cloudwatch log"


def driver_problem(task: Execution, options: Mapping[str, str], stream: str) -> Problem | None:
    """Return why the driver cannot be set up; None where it can, and the group is there."""
    region = options.get("awslogs-region") or task.region
    if not task.way("logs", region, f"logs.{region}.amazonaws.com").open:
        return Problem(
            f"{_FAILED} The task cannot find the Amazon CloudWatch log group defined in the task definition. There is "
            "a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: "
            "killed",
            "log_driver_timeout",
        )
    name = options.get("awslogs-group", "")
    denied = task.denied("logs:CreateLogStream", _stream_arn(task, region, name, stream))
    if denied:
        return _denied(task, "stream", denied)
    backend = _logs(task.account, region)
    if name in backend.groups:
        return None
    if options.get("awslogs-create-group") != "true":
        return Problem(
            f"{_RETRIED} stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1"
        )
    denied = task.denied("logs:CreateLogGroup", _stream_arn(task, region, name, ""))
    if denied:
        return _denied(task, "group", denied)
    backend.create_log_group(name, {})
    return None


def may_write(task: Execution, options: Mapping[str, str], stream: str) -> bool:
    """Tell whether the role may put events into its stream; where it may not, the lines are lost."""
    region = options.get("awslogs-region") or task.region
    resource = _stream_arn(task, region, options.get("awslogs-group", ""), stream)
    return task.denied("logs:PutLogEvents", resource) is None


def _denied(task: Execution, what: str, denied: str) -> Problem:
    status = f"status code: 400, request id: {task.request_id()} : exit status 1"
    return Problem(f"{_RETRIED} {what}: AccessDeniedException: {denied} {status}")


def _stream_arn(task: Execution, region: str, group: str, stream: str) -> str:
    return f"arn:aws:logs:{region}:{task.account}:log-group:{group}:log-stream:{stream}"


def _logs(account: str, region: str) -> Any:
    from moto.logs.models import logs_backends

    return logs_backends[account][region]
