"""The checks of how a service is deployed and of the way back, on the sandbox: what they refuse, and what not."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from automation.preflight.checks import (
    deployment_alarms,
    deployment_percentages,
    desired_count,
    grace_period,
    other_deployment,
    rollback_target,
)
from automation.preflight.model import Status
from automation.preflight.plan import UNKNOWN
from tests.automation.preflight.stage import Case, Stage
from tests.e2e.causes.account import ACCOUNT, REGION, Account

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage(Account())


def healthy(_stage: Stage) -> None:
    """Nothing is changed."""


def percentages(desired: int, least: int | None, most: int | None) -> Any:
    def make(stage: Stage) -> None:
        stage.account.update(desiredCount=desired)
        stage.account.until(lambda: stage.account.service()["runningCount"] == desired, within=900, by=5)
        stage.inputs |= {"desiredCount": desired, "deploymentMinimumHealthyPercent": least}
        stage.inputs["deploymentMaximumPercent"] = most

    return make


def alarm(state: str, *, enable: bool = True, name: str = "errors") -> Any:
    def make(stage: Stage) -> None:
        cloudwatch = stage.account.client("cloudwatch")
        figures = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0, "Statistic": "Sum"}
        named = {"AlarmName": "errors", "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count"}
        cloudwatch.put_metric_alarm(**named, **figures, ComparisonOperator="GreaterThanThreshold")
        cloudwatch.set_alarm_state(AlarmName="errors", StateValue=state, StateReason="5 datapoints above 1.0")
        stage.inputs["alarms"] = {"alarmNames": [name], "enable": enable, "rollback": True}

    return make


def scales_out(stage: Stage) -> None:
    percentages(1, 100, 100)(stage)
    stage.inputs["desiredCount"] = 2


def tags_alone(stage: Stage) -> None:
    """The percentages would not let a task be replaced, and none is: ECS applies tags without a deployment."""
    percentages(1, 100, 100)(stage)
    stage.inputs["taskDefinition"] = stage.definition
    stage.inputs["tags"] = {"team": "shop"}
    stage.old_inputs = {**stage.inputs, "tags": {}}


def planned_alarm(stage: Stage) -> None:
    stage.plans(ALARM, "errors", "create", {"name": "errors-new"})
    stage.inputs["alarms"] = {"alarmNames": ["errors-new"], "enable": True}


def another_deploys(stage: Stage) -> None:
    stage.account.update(taskDefinition=stage.account.register("good-2"))
    stage.account.step(5)


def own_is_left(stage: Stage) -> None:
    """A run of this stack was killed while its deployment was in progress."""
    stage.definition = stage.account.register("good-2")
    stage.account.update(taskDefinition=stage.definition)
    stage.account.step(5)


def another_is_done(stage: Stage) -> None:
    another_deploys(stage)
    stage.account.until(stage.account.completed, within=900, by=5)


def nothing_of_it_changes(stage: Stage) -> None:
    another_deploys(stage)
    stage.operation = "same"


def deregistered(stage: Stage) -> None:
    stage.account.ecs.deregister_task_definition(taskDefinition=stage.definition)


def image_deleted(stage: Stage) -> None:
    digest = stage.account.tasks()[0]["containers"][0]["imageDigest"]
    ecr = stage.account.client("ecr")
    ecr.batch_delete_image(repositoryName="made", imageIds=[{"imageDigest": digest}])


def role_deleted(stage: Stage) -> None:
    iam = stage.account.client("iam")
    iam.delete_role_policy(RoleName="execution", PolicyName="all")
    iam.delete_role(RoleName="execution")


REFUSED, WARNED, NOT_DONE = Status.REFUSED, Status.WARNED, Status.NOT_DONE
CASES = (
    Case(desired_count, "in order", healthy, None),
    Case(desired_count, "none", lambda stage: stage.inputs.update(desiredCount=0), WARNED, ["0"]),
    Case(desired_count, "left to ECS", lambda stage: stage.inputs.pop("desiredCount"), None),
    Case(desired_count, "unknown", lambda stage: stage.inputs.update(desiredCount=UNKNOWN), NOT_DONE),
    Case(deployment_percentages, "in order", healthy, None),
    Case(deployment_percentages, "100 and 100", percentages(1, 100, 100), REFUSED, ["none can be replaced"]),
    Case(deployment_percentages, "100 and 100, while scaling out", scales_out, REFUSED, ["of 2 tasks 2"]),
    Case(deployment_percentages, "100 and 100, and only tags change", tags_alone, None),
    Case(deployment_percentages, "0 and 100", percentages(1, 0, 100), None),
    Case(deployment_percentages, "125 % of 3 is 3", percentages(3, 100, 125), REFUSED, ["of 3 tasks 3", "3 may run"]),
    Case(deployment_percentages, "125 % of 4 is 5", percentages(4, 100, 125), None),
    Case(deployment_percentages, "67 % of 3 is 3", percentages(3, 67, 100), REFUSED),
    Case(deployment_percentages, "66 % of 3 is 2", percentages(3, 66, 100), None),
    Case(deployment_percentages, "the API's defaults", percentages(1, None, None), None),
    Case(deployment_alarms, "no alarms", healthy, None),
    Case(deployment_alarms, "quiet", alarm("OK"), None),
    Case(deployment_alarms, "no data", alarm("INSUFFICIENT_DATA"), None),
    Case(deployment_alarms, "in ALARM", alarm("ALARM"), REFUSED, ["`errors`"]),
    Case(deployment_alarms, "in ALARM, switched off", alarm("ALARM", enable=False), None),
    Case(deployment_alarms, "is not there", alarm("OK", name="other"), WARNED, ["`other`"]),
    Case(deployment_alarms, "made by the update", planned_alarm, None),
    Case(other_deployment, "in order", healthy, None),
    Case(other_deployment, "somebody else's", another_deploys, REFUSED, ["`shop:2`"]),
    Case(other_deployment, "somebody else's, done", another_is_done, None),
    Case(other_deployment, "the stack's own", own_is_left, WARNED, ["replaces"]),
    Case(other_deployment, "the update leaves the service alone", nothing_of_it_changes, None),
    Case(rollback_target, "in order", healthy, None),
    Case(rollback_target, "is INACTIVE", deregistered, REFUSED, ["`shop:1`", "INACTIVE"]),
    Case(rollback_target, "its image is gone", image_deleted, REFUSED, ["made:serves@sha256:"]),
    Case(rollback_target, "its role is gone", role_deleted, REFUSED, ["executionRoleArn"]),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_check_says(case: Case, stage: Stage) -> None:
    case.holds(stage)


@pytest.mark.parametrize(
    ("grace", "status"),
    [(120, None), (100, None), (30, REFUSED), (0, REFUSED)],
)
def test_the_grace_period_covers_the_start_that_was_seen(grace: int, status: Status | None) -> None:
    with mock_aws():
        stage = Stage(Account(), "made:listens-late", grace=120)
        stage.inputs["healthCheckGracePeriodSeconds"] = grace
        found = stage.findings(grace_period)
    assert [each.status for each in found] == ([status] if status else []), found
    assert all("80 s" in each.what or "81 s" in each.what for each in found), found


@pytest.mark.parametrize("gone", [True, False])
def test_the_secrets_of_the_way_back_are_there(*, gone: bool) -> None:
    with mock_aws():
        account = Account()
        secrets = account.client("secretsmanager")
        arn = secrets.create_secret(Name="db", SecretString="x")["ARN"]
        containers = [
            {
                "name": "app",
                "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/made:serves",
                "portMappings": [{"containerPort": 5001}],
                "secrets": [{"name": "URL", "valueFrom": arn}],
            }
        ]
        stage = Stage(account, definition={"containerDefinitions": containers})
        if gone:
            secrets.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        found = stage.findings(rollback_target)
    assert [each.status for each in found] == ([REFUSED] if gone else []), found
    assert all("marked for deletion" in each.what for each in found)


def test_where_nothing_completed_there_is_nothing_to_roll_back_to() -> None:
    with mock_aws():
        stage = Stage(Account(), "shop:crash-on-start", completes=False)
        (found,) = stage.findings(rollback_target)
    assert found.status is WARNED
    assert "nothing to roll back to" in found.what
