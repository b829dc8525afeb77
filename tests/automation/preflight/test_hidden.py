"""What the plan hides is never refused: a value that is secret, or known only after the update, is not checked."""

import contextlib
from typing import Any

import pytest

from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Finding, Status
from automation.preflight.plan import SECRET, UNKNOWN, Hidden
from automation.preflight.subject import Subject
from diagnostics.reads import ReadError
from tests.automation.preflight.answers import IMAGE, ROLE, Answers, subject

INPUTS: dict[str, Any] = {
    "launchType": "FARGATE",
    "desiredCount": 2,
    "deploymentMinimumHealthyPercent": 100,
    "deploymentMaximumPercent": 200,
    "healthCheckGracePeriodSeconds": 60,
    "loadBalancers": [{"containerName": "app", "containerPort": 8080, "targetGroupArn": "arn:group"}],
    "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"], "assignPublicIp": False},
    "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}
DEFINITION: dict[str, Any] = {
    "cpu": "256",
    "memory": "512",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "executionRoleArn": ROLE,
    "runtimePlatform": {"cpuArchitecture": "X86_64"},
}
CONTAINER: dict[str, Any] = {"name": "app", "image": IMAGE, "portMappings": [{"containerPort": 8080}]}


def found(check: Check, looked_at: Subject) -> list[Finding]:
    """Return what a check finds until AWS refuses a read, which makes it one that was not done."""
    each: list[Finding] = []
    with contextlib.suppress(ReadError):
        each.extend(check.run(looked_at, Answers({}).reads()))
    return each


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.ID)
@pytest.mark.parametrize("hidden", [SECRET, UNKNOWN], ids=["secret", "unknown"])
def test_nothing_is_refused_for_what_is_hidden(check: Check, hidden: Hidden) -> None:
    whole = {key: hidden for key in INPUTS if key != "launchType"}
    said = found(check, subject(hidden=hidden, definition=hidden, inputs=whole))
    assert {each.status for each in said} <= {Status.NOT_DONE}, said
    seen = found(check, subject(CONTAINER, definition=DEFINITION, inputs=INPUTS))
    known = {(each.status, each.what) for each in seen}
    for key in (*INPUTS, *DEFINITION):
        looked_at = subject(
            CONTAINER,
            definition={**DEFINITION, key: hidden} if key in DEFINITION else DEFINITION,
            inputs={**INPUTS, key: hidden} if key in INPUTS else INPUTS,
        )
        new = [each for each in found(check, looked_at) if (each.status, each.what) not in known]
        assert {each.status for each in new} <= {Status.NOT_DONE, Status.OK}, (key, new)
