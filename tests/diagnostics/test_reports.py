"""The words that people saw when a deployment failed, each with its source, name the cause by its definition.

A row of `reports.jsonl` holds what was shown, in the fields where AWS shows it, and nothing else: most name no task, no
image and no setting. `source` is null where the wording is the program's own, as known from reports of failures, and
no page is cited; `or` holds the causes that the words alone justify as well, `silent` rules that must not speak.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine import INSUFFICIENT, diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from diagnostics.rules import RULES

ROWS = [json.loads(line) for line in Path(__file__).with_name("reports.jsonl").read_text(encoding="utf-8").splitlines()]
AT = "2026-11-20T10:00:00+00:00"
TASK = "arn:aws:ecs:eu-west-1:123456789012:task/live/0123456789abcdef0123456789abcdef"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/0123456789abcdef"
DEPLOYMENT = "ecs-svc/1234567890123456789"
OF_THE_TASK = {"stopped_reason": "stoppedReason", "stop_code": "stopCode"}
OF_THE_CONTAINER = {"container_reason": "reason", "exit_code": "exitCode", "health_status": "healthStatus"}


def seen(row: dict[str, Any]) -> Evidence:
    """Return what was shown as the evidence of one look."""
    document: dict[str, Any] = {"schema": "evidence/1", "captured_at": AT}
    if {*OF_THE_TASK, *OF_THE_CONTAINER, "log_lines"} & set(row):
        container = {"name": "orders", "lastStatus": "STOPPED"}
        container |= {name: row[key] for key, name in OF_THE_CONTAINER.items() if key in row}
        task = {"taskArn": TASK, "startedBy": DEPLOYMENT, "lastStatus": "STOPPED", "containers": [container]}
        document["tasks"] = [task | {name: row[key] for key, name in OF_THE_TASK.items() if key in row}]
    if lines := row.get("log_lines"):
        events = [{"timestamp": AT, "message": line} for line in lines]
        document["logs"] = [{"task_arn": TASK, "container": "orders", "events": events}]
    if "service_events" in row or "rollout_state_reason" in row:
        primary = {"id": DEPLOYMENT, "status": "PRIMARY", "rolloutStateReason": row.get("rollout_state_reason", "")}
        events = [{"createdAt": AT, "message": message} for message in row.get("service_events", ())]
        document["service"] = {"serviceName": "orders", "status": "ACTIVE", "desiredCount": 1, "events": events}
        document["service"]["deployments"] = [primary] if primary["rolloutStateReason"] else []
    if targets := row.get("target_health"):
        health = [{name.capitalize(): text for name, text in target.items()} for target in targets]
        descriptions = [{"Target": {"Id": "10.0.0.10", "Port": 8080}, "TargetHealth": each} for each in health]
        document["target_health"] = [{"target_group_arn": GROUP, "descriptions": descriptions}]
    if "api_error" in row:
        document["errors"] = [{"operation": None, "code": None, "message": row["api_error"]}]
    return Evidence.parse(document)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["cause"])
def test_what_was_shown_names_the_cause(row: dict[str, Any]) -> None:
    diagnosis = diagnose(seen(row))
    assert diagnosis.root_cause in {row["cause"], *row.get("or", ())}, diagnosis.what
    assert row["cause"] != INSUFFICIENT or diagnosis.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("row", [row for row in ROWS if "silent" in row], ids=lambda row: row["cause"])
def test_what_was_shown_leaves_the_rules_of_other_causes_silent(row: dict[str, Any]) -> None:
    spoke = {rule.ID for rule in RULES if rule.match(seen(row))}
    assert spoke.isdisjoint(row["silent"])
    assert {rule.ID for rule in RULES}.issuperset(row["silent"])


WRAPPERS = (
    "Error: updating ECS Service (orders): operation error ECS: UpdateService, https response error, {}",
    (
        'Resource handler returned message: "Invalid request provided: UpdateService error: {} (Service: AmazonECS;'
        ' Status Code: 400; Error Code: ClientException; Request ID: 5d6c)" (HandlerErrorCode: InvalidRequest)'
    ),
    "An error occurred (InvalidParameterException) when calling the UpdateService operation: {}",
)
"""What the AWS provider of Terraform and Pulumi, CloudFormation and the CLI put around a message of ECS."""


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_what_a_tool_puts_around_a_message_of_ecs_changes_no_cause(wrapper: str) -> None:
    alone = [row for row in ROWS if set(row) <= {"cause", "or", "source", "api_error"} and row["cause"] != INSUFFICIENT]
    assert len(alone) > 100
    others = {
        row["api_error"]: diagnosis.root_cause
        for row in alone
        if (diagnosis := diagnose(seen(row | {"api_error": wrapper.format(row["api_error"])}))).root_cause
        not in {row["cause"], *row.get("or", ())}
    }
    assert others == {}


def test_the_reports_are_many_and_differ() -> None:
    assert len({row["cause"] for row in ROWS}) >= 70
    assert len({json.dumps(row | {"source": ""}) for row in ROWS}) == len(ROWS)
