"""The sample that `alerts test` puts on the bus: an event that goes the whole way, and says of itself that it is none.

The function recognises its source, reads nothing of the service that it names, and marks the message as a sample.
"""

import json
from datetime import UTC, datetime
from typing import Any

from alerts.handler.events import SAMPLES
from alerts.handler.stories import sample_story

__all__ = ["SAMPLES", "sample_alert", "sample_entry", "sample_story"]

KIND = "Alert Sample"
_IMAGE = "registry.example.com/sample:does-not-exist"
_REASON = (
    f"CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref {_IMAGE}: "
    f"{_IMAGE}: not found"
)


def sample_entry(sample: str, account: str, region: str, at: datetime, partition: str = "aws") -> dict[str, Any]:
    """Return one entry of `PutEvents.Entries`.

    Args:
        sample: what the sample is known by; `sample_story(sample)` is its item in the table.
        account: the account that the alerts are deployed in.
        region: its region.
        at: the time of the event.
        partition: `aws`, `aws-cn` or `aws-us-gov`.
    """
    ecs = f"arn:{partition}:ecs:{region}:{account}"
    time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    task = {
        "taskArn": f"{ecs}:task/sample/{'0' * 32}",
        "clusterArn": f"{ecs}:cluster/sample",
        "taskDefinitionArn": f"{ecs}:task-definition/sample:1",
        "group": "service:sample",
        "startedBy": "ecs-svc/0000000000000000000",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": "TaskFailedToStart",
        "stoppedReason": _REASON,
        "createdAt": time,
        "stoppingAt": time,
        "stoppedAt": time,
        "containers": [{"name": "app", "image": _IMAGE, "lastStatus": "STOPPED", "reason": _REASON}],
    }
    detail = {"sample": sample, "serviceArn": f"{ecs}:service/sample/sample", "task": task}
    return {"Source": SAMPLES, "DetailType": KIND, "Time": at, "Detail": json.dumps(detail)}


def sample_alert(sample: str) -> str:
    """Return the id of the item in the table that says to whom the sample was told: see `alert_of`."""
    return f"alert#{sample_story(sample)}"
