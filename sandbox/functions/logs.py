"""What Lambda writes into a function's log group, as the function's role lets it.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html, and for the lines
https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-output
"""

import math
from collections.abc import Callable, Sequence
from datetime import datetime

Denied = Callable[[str, str], bool]
"""(action, resource): whether the function's role may not do it."""


def report(request_id: str, seconds: float, memory_mib: int, used_mib: int, init_seconds: float | None) -> str:
    """Return the REPORT line of an invocation; what it began with counts as `Init Duration`, and is billed."""
    took = seconds * 1000
    billed = math.ceil(took + (init_seconds or 0) * 1000)
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {took:.2f} ms\tBilled Duration: {billed} ms\t"
        f"Memory Size: {memory_mib} MB\tMax Memory Used: {used_mib} MB"
    )
    return line + (f"\tInit Duration: {init_seconds * 1000:.2f} ms" if init_seconds is not None else "")


def write(place: tuple[str, str], group: str, stream: str, lines: Sequence[str], at: datetime, denied: Denied) -> bool:
    """Write lines into a stream; return False where the role may not, and they are lost.

    Args:
        place: account and region.
        group: made where it is not there and the role may.
        stream: made where it is not there.
        lines: without their ends.
        at: their time.
        denied: asks the role.
    """
    from moto.logs.models import logs_backends

    account, region = place
    backend = logs_backends[account][region]
    arn = f"arn:aws:logs:{region}:{account}:log-group:{group}"
    if group not in backend.groups:
        if denied("logs:CreateLogGroup", f"{arn}:log-stream:"):
            return False
        backend.create_log_group(group, {})
    streams = backend.groups[group]
    resource = f"{arn}:log-stream:{stream}"
    if stream not in streams.streams:
        if denied("logs:CreateLogStream", resource):
            return False
        backend.create_log_stream(group, stream)
    if denied("logs:PutLogEvents", resource):
        return False
    stamp = int(at.timestamp() * 1000)
    streams.put_log_events(stream, [{"timestamp": stamp, "message": line + "\n"} for line in lines])
    return True
