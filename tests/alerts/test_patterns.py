"""Which of ECS's events reach the function, by EventBridge's own rules of matching."""

import json
from typing import Any

import pytest

from alerts.handler.events import SAMPLES
from alerts.patterns import PATTERNS, WATCHED
from sandbox.events.pattern import matches, parse_pattern

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/blue/shop"


def event(kind: str, detail: dict[str, Any], source: str = "aws.ecs") -> dict[str, Any]:
    return {
        "version": "0",
        "id": "1",
        "source": source,
        "account": "123456789012",
        "time": "2026-11-21T08:00:00Z",
        "region": "eu-west-1",
        "resources": [SERVICE],
        "detail-type": kind,
        "detail": detail,
    }


def deployment(name: str, reason: str = "") -> dict[str, Any]:
    return event("ECS Deployment State Change", {"eventName": name, "reason": reason, "deploymentId": "ecs-svc/1"})


def action(level: str, name: str) -> dict[str, Any]:
    return event("ECS Service Action", {"eventType": level, "eventName": name, "clusterArn": "…"})


def stop(code: str, reason: str = "Essential container in task exited", **changes: Any) -> dict[str, Any]:
    detail = {"lastStatus": "STOPPED", "group": "service:shop", "stopCode": code, "stoppedReason": reason, **changes}
    return event("ECS Task State Change", detail)


def rules(told: dict[str, Any], among: Any = PATTERNS) -> list[str]:
    """Return the rules that an event matches; more than one would be a duplicate on the queue."""
    return [name for name, each in among.items() if matches(parse_pattern(json.dumps(each)), told)]


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        (
            deployment("SERVICE_DEPLOYMENT_FAILED", "ECS deployment circuit breaker: task failed to start."),
            "deployments",
        ),
        (deployment("SERVICE_DEPLOYMENT_COMPLETED", "ECS deployment ecs-svc/1 completed."), "deployments"),
        (
            deployment(
                "SERVICE_DEPLOYMENT_IN_PROGRESS",
                "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/0.",
            ),
            "rollbacks",
        ),
        (action("WARN", "SERVICE_TASK_START_IMPAIRED"), "actions"),
        (action("ERROR", "SERVICE_TASK_PLACEMENT_FAILURE"), "actions"),
        (action("INFO", "SERVICE_STEADY_STATE"), "recoveries"),
        (stop("EssentialContainerExited"), "stops"),
        (stop("TaskFailedToStart", "CannotPullContainerError: …"), "stops"),
        (stop("ServiceSchedulerInitiated", "Task failed ELB health checks in (target-group arn:…)"), "unhealthy"),
        (stop("ServiceSchedulerInitiated", "Task failed container health checks"), "unhealthy"),
        (event("anything", {"sample": "1"}, source=SAMPLES), "sample"),
    ],
)
def test_what_is_worth_explaining_reaches_the_function_once(told, rule):
    assert rules(told) == [rule]


@pytest.mark.parametrize(
    "told",
    [
        deployment("SERVICE_DEPLOYMENT_IN_PROGRESS", "ECS deployment ecs-svc/1 in progress."),
        action("INFO", "SERVICE_DESIRED_COUNT_UPDATED"),
        stop("ServiceSchedulerInitiated", "Scaling activity initiated by (deployment ecs-svc/1)"),
        stop("UserInitiated", "drill"),
        stop("SpotInterruption", "Your Spot Task was interrupted."),
        stop("EssentialContainerExited", lastStatus="DEPROVISIONING"),
        stop("EssentialContainerExited", group="family:migrate"),
        event("ECS Task State Change", {"lastStatus": "RUNNING", "group": "service:shop"}),
        event("ECS Deployment State Change", {"eventName": "SERVICE_DEPLOYMENT_FAILED"}, source="my.app"),
    ],
)
def test_what_is_no_failure_stays_away(told):
    assert rules(told) == []


def test_the_watcher_hears_of_what_it_would_look_at():
    assert rules(deployment("SERVICE_DEPLOYMENT_IN_PROGRESS"), WATCHED) == ["watched-services"]
    assert rules(action("INFO", "SERVICE_STEADY_STATE"), WATCHED) == ["watched-services"]
    assert rules(stop("UserInitiated"), WATCHED) == ["watched-tasks"]
    assert rules(stop("UserInitiated", lastStatus="PENDING"), WATCHED) == []
    assert rules(stop("UserInitiated", group="family:migrate"), WATCHED) == []
