"""With the preflight's policy every check is done; without an action the check says which, and the others are done."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from automation.engine.update import ServiceTarget
from automation.permissions import Use, actions_of
from automation.preflight.checks import CHECKS, secrets_json_key
from automation.preflight.model import Report, Status
from automation.preflight.running import run_preflight
from diagnostics.aws import Reader
from sandbox.callers.reference import covers
from tests.automation.preflight.stage import Stage
from tests.automation.user import User
from tests.e2e.causes.account import ACCOUNT, REGION, REGISTRY, Account, download

PREFLIGHT = actions_of(Use.PREFLIGHT)
PLENTY = 60.0
"""Seconds of real time: the checks share one process with AWS here."""


@dataclass(frozen=True)
class Here:
    """The site of a service in this process."""

    reader: Reader

    def asks(self, target: ServiceTarget) -> Reader:
        assert (target.name, target.region) == ("shop", REGION)
        return self.reader


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A service with all that is read: a key of its own, a bounded role, an alarm, less grace than before."""
    with mock_aws():
        account = Account()
        stage = Stage(account)
        kms, secrets, ssm, iam, cloudwatch = map(account.client, ("kms", "secretsmanager", "ssm", "iam", "cloudwatch"))
        key = kms.create_key()["KeyMetadata"]["Arn"]
        secret = secrets.create_secret(Name="db", SecretString='{"url": "x"}', KmsKeyId=key)["ARN"]
        granted = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Resource": "*"}
        document = {"Version": "2012-10-17", "Statement": [{**granted, "Action": "secretsmanager:GetSecretValue"}]}
        secrets.put_resource_policy(SecretId=secret, ResourcePolicy=json.dumps(document))
        ssm.put_parameter(Name="/shop/url", Value="x", Type="String")
        everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        account.allow(everything)
        policy = iam.create_policy(PolicyName="managed", PolicyDocument=json.dumps(everything))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="execution", PolicyArn=policy)
        iam.put_role_permissions_boundary(RoleName="execution", PermissionsBoundary=policy)
        repository = {"repositoryName": "shop", "registryId": ACCOUNT}
        account.client("ecr").set_repository_policy(
            **repository,
            policyText=json.dumps({"Version": "2012-10-17", "Statement": [{**granted, "Action": "ecr:*"}]}),
        )
        figures = {"Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0, "Statistic": "Sum"}
        named = {"AlarmName": "errors", "Namespace": "AWS/ApplicationELB", "MetricName": "HTTPCode_Target_5XX_Count"}
        cloudwatch.put_metric_alarm(**named, **figures, ComparisonOperator="GreaterThanThreshold")
        stage.inputs["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": True}
        stage.inputs["healthCheckGracePeriodSeconds"] = stage.grace - 30
        stage.old_inputs["healthCheckGracePeriodSeconds"] = stage.grace
        stage.containers[0]["image"] = f"{REGISTRY}/shop:good-1"
        stage.containers[0]["secrets"] = [
            {"name": "DB", "valueFrom": f"{secret}:url::"},
            {"name": "URL", "valueFrom": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/url"},
        ]
        listeners = account.elb.describe_listeners(LoadBalancerArn=account.balancer)["Listeners"]
        group = account.target_group(listener=False)  # which a rule of the update is going to bind to a listener
        stage.inputs["loadBalancers"][0]["targetGroupArn"] = group
        rule = {"listenerArn": listeners[0]["ListenerArn"], "actions": [{"type": "forward", "targetGroupArn": group}]}
        stage.plans("aws:lb/listenerRule:ListenerRule", "shop", "create", rule)
        yield stage


@pytest.fixture(scope="module")
def user(stage: Stage) -> User:
    return User(stage.account)


def look(stage: Stage, user: User, *without: str, more: Sequence[str] = (), **settings: Any) -> tuple[Report, set[str]]:
    """Return what the preflight finds with the policy of the page without some of its actions, and what it called."""
    stage.account.step(60)  # or ECS throttles: its limits are per second of its clock
    user.may([action for action in (*PREFLIGHT, *more) if action not in without])
    reader = user.reader()
    report = run_preflight(stage.plan(), Here(reader), limit=PLENTY, download=download, **settings)
    return report, set(reader.api_calls)


def denied(report: Report) -> dict[str, set[str]]:
    """Return the checks that are not done because IAM refused, each with the actions that its findings name."""
    return {
        each.check: {action for action in PREFLIGHT for quote in each.evidence if f"perform: {action} " in quote.quote}
        for each in report.findings
        if each.status is Status.NOT_DONE and any("not authorized to perform" in quote.quote for quote in each.evidence)
    }


def test_the_policy_is_enough_and_every_action_of_it_is_called(stage: Stage, user: User) -> None:
    report, called = look(stage, user)
    assert denied(report) == {}
    assert {action for action in PREFLIGHT if action.partition(":")[2] not in called} == set()


@pytest.mark.parametrize("action", [each for each in PREFLIGHT if covers(each.partition(":")[0])])
def test_without_an_action_its_checks_say_which_and_the_others_are_done(stage: Stage, user: User, action: str) -> None:
    whole = {each.check: each.status for each in look(stage, user)[0].findings}
    report, _ = look(stage, user, action)
    refused = denied(report)
    assert refused, "a check is not done for it"
    assert set().union(*refused.values()) == {action}
    assert report.refused == ()
    found = {each.check: each.status for each in report.findings}
    assert set(found) == {check.ID for check in CHECKS}
    assert {check for check in found if found[check] is not whole[check]} <= set(refused)


def test_values_are_read_with_a_statement_of_their_own_and_without_it_the_check_names_the_action(
    stage: Stage, user: User
) -> None:
    report, called = look(stage, user, more=actions_of(Use.JSON_KEYS), read_secret_keys=True)
    (found,) = [each for each in report.findings if each.check == secrets_json_key.ID]
    assert (found.status, "GetSecretValue" in called) == (Status.OK, True), found
    report, _ = look(stage, user, read_secret_keys=True)
    (found,) = [each for each in report.findings if each.check == secrets_json_key.ID]
    assert found.status is Status.NOT_DONE
    assert found.what.endswith("its value may not be read (`secretsmanager:GetSecretValue`)")
    assert "perform: secretsmanager:GetSecretValue " in found.evidence[0].quote
