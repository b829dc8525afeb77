"""The words of ECS decide wherever people paste them: another field, a deployer's log, JSON, brackets, broken lines."""

import json
from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence

TASK = "arn:aws:ecs:eu-west-1:111122223333:task/live/0123456789abcdef0123456789abcdef"
ECR = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
SAID = {
    "image-not-found": "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve"
    f" ref {ECR}/web:7: {ECR}/web:7: not found",
    "registry-unreachable": "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve"
    ' ecr registry auth: RequestError: send request failed caused by: Post "https://api.ecr.eu-west-1.amazonaws.com/": '
    "dial tcp 10.0.0.7:443: i/o timeout",
    "registry-rate-limited": "CannotPullContainerError: Error response from daemon: toomanyrequests: You have reached"
    " your pull rate limit",
    "ecr-permission-denied": f"CannotPullContainerError: failed to resolve ref {ECR}/web:7: pulling from host {ECR}"
    " failed with status code [manifests 7]: 403 Forbidden",
    "image-platform-mismatch": "CannotPullContainerError: image Manifest does not contain descriptor matching platform "
    "'linux/amd64'",
    "disk-full": "CannotPullContainerError: failed to extract layer sha256:7c52: write /var/lib/containerd/x: no space"
    " left on device: unknown",
    "app-command-not-found": "CannotStartContainerError: OCI runtime create failed: unable to start container process: "
    'exec: "serve": executable file not found in $PATH: unknown',
    "platform-version-unsupported": "PlatformTaskDefinitionIncompatibilityException: One or more of the requested "
    "capabilities are not supported.",
}


def stopped(text: str) -> dict[str, Any]:
    return {"tasks": [{"taskArn": TASK, "lastStatus": "STOPPED", "stoppedReason": text}]}


def event(text: str) -> dict[str, Any]:
    return {"service": {"serviceName": "web", "events": [{"message": text}]}}


def error(text: str) -> dict[str, Any]:
    return {"errors": [{"operation": None, "code": None, "message": text}]}


def logged(text: str) -> dict[str, Any]:
    task = {"taskArn": TASK, "lastStatus": "STOPPED", "containers": [{"name": "app", "lastStatus": "STOPPED"}]}
    return {"tasks": [task], "logs": [{"task_arn": TASK, "container": "app", "events": [{"message": text}]}]}


def broken(text: str, width: int) -> str:
    return "\n".join(text[begin : begin + width] for begin in range(0, len(text), width))


PASTED = {
    "in the console's brackets": lambda text: stopped(f"STOPPED ({text})"),
    "in an event": lambda text: event(f"(service web) was unable to place a task. Reason: {text}."),
    "with the account left out": lambda text: stopped(text.replace("111122223333", "[account-id]")),
    "in capitals": lambda text: stopped(text.upper()),
    "as the command line prints it": lambda text: error(json.dumps({"stoppedReason": text, "lastStatus": "STOPPED"})),
    "in red": lambda text: error(f"\x1b[31m✘ {text}\x1b[0m"),
    "broken at 80 characters": lambda text: error(broken(text, 80)),
    "in a deployer's log": lambda text: logged(f"Error: Task stopped: {text}"),
}


@pytest.mark.parametrize("pasted", PASTED.values(), ids=PASTED)
@pytest.mark.parametrize("cause", SAID)
def test_the_words_decide_wherever_they_are_pasted(cause: str, pasted: Any) -> None:
    assert diagnose(Evidence.parse({"schema": "evidence/1"} | pasted(SAID[cause]))).root_cause == cause


def test_what_a_program_that_ran_logs_of_another_task_is_not_its_own_end() -> None:
    document = logged(f"Flow run could not be submitted: {SAID['image-not-found']}")
    document["tasks"][0]["containers"][0]["exitCode"] = 1
    assert diagnose(Evidence.parse({"schema": "evidence/1"} | document)).root_cause != "image-not-found"
