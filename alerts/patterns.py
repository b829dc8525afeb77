"""Which events reach the function: the pattern of each rule, as plain data."""

from collections.abc import Mapping
from typing import Any

from alerts.handler.events import SAMPLES

_OF_SERVICES = [{"prefix": "service:"}]
"""The `group` of a task that a service started; one of RunTask has `family:NAME`, and nobody waits for it here."""

_DEPLOYMENTS = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
_ACTIONS = {"source": ["aws.ecs"], "detail-type": ["ECS Service Action"]}
_STOPS = {"source": ["aws.ecs"], "detail-type": ["ECS Task State Change"]}

PATTERNS: Mapping[str, Mapping[str, Any]] = {
    # A failure begins a story, a completed deployment ends one.
    "deployments": {
        **_DEPLOYMENTS,
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_COMPLETED"]},
    },
    # ECS has no event of its own for a rollback: it is a deployment in progress whose reason says so.
    "rollbacks": {
        **_DEPLOYMENTS,
        "detail": {"eventName": ["SERVICE_DEPLOYMENT_IN_PROGRESS"], "reason": [{"wildcard": "*rolling back*"}]},
    },
    # Among them SERVICE_TASK_START_IMPAIRED, which ECS sends where tasks die outside a deployment too.
    "actions": {**_ACTIONS, "detail": {"eventType": ["WARN", "ERROR"]}},
    # The end of a story that no deployment ends.
    "recoveries": {**_ACTIONS, "detail": {"eventName": ["SERVICE_STEADY_STATE"]}},
    # A scale-in, a replacement, Spot and StopTask have other stop codes.
    "stops": {
        **_STOPS,
        "detail": {
            "lastStatus": ["STOPPED"],
            "group": _OF_SERVICES,
            "stopCode": ["TaskFailedToStart", "EssentialContainerExited"],
        },
    },
    # To ECS a task that fails its health checks was stopped by its scheduler, as one of a scale-in; the reason tells.
    "unhealthy": {
        **_STOPS,
        "detail": {
            "lastStatus": ["STOPPED"],
            "group": _OF_SERVICES,
            "stopCode": ["ServiceSchedulerInitiated"],
            "stoppedReason": [{"prefix": "Task failed "}],
        },
    },
    # What `alerts test` sends; nothing of AWS's has this source.
    "sample": {"source": [SAMPLES]},
}
"""The pattern of each rule by the end of its name; their events go to the function.

Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_deployment_events.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html, and for the stop codes and the words
`Task failed ELB health checks in …`, `Task failed container health checks`
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html.
"""

WATCHED: Mapping[str, Mapping[str, Any]] = {
    "watched-services": {
        "source": ["aws.ecs"],
        "detail-type": ["ECS Deployment State Change", "ECS Service Action"],
    },
    # A task that runs may be the last that a deployment waits for; what is between tells a watcher nothing.
    "watched-tasks": {**_STOPS, "detail": {"lastStatus": ["RUNNING", "STOPPED"], "group": _OF_SERVICES}},
}
"""The rules of the queue of `watch --fleet`: whatever makes another look at a service worth its calls."""
