"""The event that `alerts test` sends: a task of a made-up service that failed, marked as a sample."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from alerts.handler.events import SAMPLES


def event(sample: str, place: str, at: datetime) -> Mapping[str, Any]:
    """Return the sample as an entry of PutEvents.

    Args:
        sample: its id, which is found again in the table and in the log.
        place: an ARN of the account and region that it is sent in.
        at: when the task failed.
    """
    _, partition, _, region, account = place.split(":")[:5]
    ecs = f"arn:{partition}:ecs:{region}:{account}"
    stopped = at.astimezone(UTC).isoformat()
    task = {
        "taskArn": f"{ecs}:task/sample/{sample}",
        "clusterArn": f"{ecs}:cluster/sample",
        "taskDefinitionArn": f"{ecs}:task-definition/sample:1",
        "group": "service:sample",
        "startedBy": f"ecs-svc/{sample}",
        "lastStatus": "STOPPED",
        "desiredStatus": "STOPPED",
        "stopCode": "TaskFailedToStart",
        "stoppedReason": (
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve ref "
            f"{account}.dkr.ecr.{region}.amazonaws.com/sample:no-such-tag: not found"
        ),
        "createdAt": stopped,
        "stoppedAt": stopped,
        "containers": [
            {
                "name": "app",
                "image": f"{account}.dkr.ecr.{region}.amazonaws.com/sample:no-such-tag",
                "lastStatus": "STOPPED",
            }
        ],
        "version": 6,
    }
    detail = {"sample": sample, "serviceArn": f"{ecs}:service/sample/sample", "task": task}
    return {"Source": SAMPLES, "DetailType": "failwell sample", "Detail": json.dumps(detail), "Time": at}
