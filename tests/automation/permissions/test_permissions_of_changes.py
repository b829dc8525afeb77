"""The policies of what changes something are enough; without an action it is named, and nothing else is lost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from automation.mending.finding import FINDERS, Found, find
from automation.permissions import Use, actions_of
from automation.rollback.choose import Proven
from automation.rollback.deployable import deployable
from diagnostics.reads import ReadError
from tests.automation.history.examples import record, service
from tests.automation.user import User
from tests.e2e.causes.account import Account

REPAIR, ROLLBACK = actions_of(Use.REPAIR), actions_of(Use.ROLLBACK)
EXTRA = actions_of(Use.EXTRA_TASKS)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """A service that serves."""
    with mock_aws():
        account = Account()
        account.healthy_before()
        yield account


@pytest.fixture(scope="module")
def user(account: Account) -> User:
    return User(account)


def allowed(account: Account, user: User, actions: list[str]) -> None:
    account.step(30)  # or ECS throttles: its limits are per second of its clock
    user.may(actions)


def pending(account: Account) -> dict[str, dict[str, Any]]:
    """Make one of each type that can be found, and return what a program would say of it."""
    group = account.target_group()
    listener = account.elb.describe_listeners(LoadBalancerArn=account.balancer)["Listeners"][0]["ListenerArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    path = [{"Field": "path-pattern", "Values": ["/x"]}]
    account.elb.create_rule(ListenerArn=listener, Priority=7, Conditions=path, Actions=forward)
    name = account.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]["TargetGroupName"]
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    account.client("kms").create_alias(AliasName="alias/shop", TargetKeyId=key)
    made = account.ec2.create_security_group(GroupName="tasks", Description="x", VpcId=account.vpc)["GroupId"]
    ends = {"IpProtocol": "tcp", "FromPort": 5001, "ToPort": 5001}
    account.ec2.authorize_security_group_ingress(
        GroupId=made, IpPermissions=[{**ends, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
    )
    account.client("ssm").put_parameter(Name="/shop/mode", Value="x", Type="String")
    rule = {"securityGroupId": made, "ipProtocol": "tcp", "fromPort": 5001, "toPort": 5001, "cidrIpv4": "10.0.0.0/16"}
    targeted = [{"type": "forward", "targetGroupArn": group}]
    return {
        "aws:ecs/service:Service": {
            "name": "shop",
            "cluster": "main",
            "tags": {},
            "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/of-somebody-else:1",
        },
        "aws:cloudwatch/logGroup:LogGroup": {"name": "shop"},
        "aws:kms/alias:Alias": {"name": "alias/shop", "targetKeyId": key},
        "aws:iam/role:Role": {"name": "execution"},
        "aws:lb/targetGroup:TargetGroup": {"name": name},
        "aws:lb/listenerRule:ListenerRule": {"listenerArn": listener, "priority": 7, "actions": targeted},
        "aws:ecr/repository:Repository": {"name": "shop"},
        "aws:ssm/parameter:Parameter": {"name": "/shop/mode", "type": "String"},
        "aws:ec2/securityGroup:SecurityGroup": {"name": "tasks", "vpcId": account.vpc},
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": rule,
    }


def test_repair_finds_with_its_policy_and_says_which_action_it_lacks(account: Account, user: User) -> None:
    inputs = pending(account)
    assert {FINDERS[kind].__qualname__ for kind in inputs} == {finder.__qualname__ for finder in FINDERS.values()}
    needed: set[str] = set()
    for kind, given in inputs.items():
        allowed(account, user, REPAIR)
        reader = user.reader()
        found = find(kind, given, reader.ask)
        assert isinstance(found, Found), kind
        called = {action for action in REPAIR if reader.api_calls[action.partition(":")[2]]}
        for action in sorted(called):
            allowed(account, user, [each for each in REPAIR if each != action])
            if words := refusal(kind, given, user):  # several services have an operation of some names
                assert f"is not authorized to perform: {action} " in words
                needed.add(action)
    of_counts = {"ecs:UpdateService", "application-autoscaling:DescribeScalableTargets"}  # no finder asks for these
    assert needed == set(REPAIR) - of_counts


def refusal(kind: str, given: dict[str, Any], user: User) -> str:
    """Return what AWS says where it refuses to say whether a resource is there."""
    try:
        find(kind, given, user.reader().ask)
    except ReadError as refused:
        return refused.answer.message
    return ""


@pytest.mark.parametrize("use", [Use.REPAIR, Use.EXTRA_TASKS, Use.FIRST_FAILURE])
def test_a_count_is_changed_with_each_policy_that_speaks_of_it(account: Account, user: User, use: Use) -> None:
    allowed(account, user, actions_of(use))
    assert user.reader().describe_service("main", "shop") is not None
    user.writer().set_desired_count("main", "shop", 1)
    allowed(account, user, [each for each in actions_of(use) if each != "ecs:UpdateService"])
    with pytest.raises(ClientError, match="is not authorized to perform: ecs:UpdateService "):
        user.writer().set_desired_count("main", "shop", 1)


def scalable_targets(user: User) -> object:
    return user.reader().ask("application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs")


def test_whether_a_service_is_scaled_is_asked_with_the_policy_of_extra_tasks(account: Account, user: User) -> None:
    allowed(account, user, EXTRA)
    scalable_targets(user)
    action = "application-autoscaling:DescribeScalableTargets"
    allowed(account, user, [each for each in EXTRA if each != action])
    with pytest.raises(ReadError, match=f"is not authorized to perform: {action} "):
        scalable_targets(user)


@pytest.mark.parametrize("use", [Use.ROLLBACK, Use.AGAIN])
def test_a_revision_is_deployed_with_the_right_to_pass_its_roles(account: Account, user: User, use: Use) -> None:
    definition = account.service()["taskDefinition"]
    writer = user.writer()
    deploys: dict[Use, Callable[[], str]] = {
        Use.ROLLBACK: lambda: writer.deploy_revision("main", "shop", definition),
        Use.AGAIN: lambda: writer.deploy_again("main", "shop", definition),
    }
    for action in ("ecs:UpdateService", "iam:PassRole"):
        allowed(account, user, [each for each in actions_of(use) if each != action])
        with pytest.raises(ClientError, match=f"is not authorized to perform: {action} "):
            deploys[use]()
    allowed(account, user, actions_of(use))
    assert deploys[use]().startswith("ecs-svc/")


def test_what_a_rollback_may_not_check_is_told_with_the_action_and_refuses_nothing(
    account: Account, user: User
) -> None:
    deployed = account.service()["taskDefinition"]
    target = Proven(record(1), replace(service(1), revision_after=deployed, digest=None))
    allowed(account, user, ROLLBACK)
    assert deployable(user.reader(), target).unchecked == ()
    for action in ("ecs:DescribeTaskDefinition", "ecr:BatchGetImage"):
        allowed(account, user, [each for each in ROLLBACK if each != action])
        found = deployable(user.reader(), target)
        assert found.refusals == ()
        assert f"is not authorized to perform: {action} " in "".join(found.unchecked)
