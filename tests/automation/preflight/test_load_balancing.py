"""The checks of ports, target groups, listeners and security groups, on the sandbox: what they refuse, and what not."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from automation.preflight.balancing import GROUP_TYPES
from automation.preflight.checks import container_port, listener, load_balancer_path, target_group
from automation.preflight.model import Status
from automation.preflight.plan import SECRET, UNKNOWN
from tests.automation.preflight.stage import PORT, Case, Stage, urn
from tests.e2e.causes.account import Account

INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
RULE = "aws:lb/listenerRule:ListenerRule"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage(Account())


def maps(*mappings: dict[str, Any]) -> Any:
    return lambda stage: stage.containers[0].update(portMappings=list(mappings))


def balances(**settings: Any) -> Any:
    return lambda stage: stage.inputs["loadBalancers"][0].update(settings)


def other_group(**settings: Any) -> Any:
    """The service is to be registered with another target group, of these settings."""

    def make(stage: Stage) -> None:
        balances(targetGroupArn=stage.account.target_group(Name="other", **settings))(stage)

    return make


def own_group(**inputs: Any) -> Any:
    """The update makes the target group, and a rule for it."""

    def make(stage: Stage) -> None:
        given = {"port": PORT, "protocol": "HTTP", "targetType": "ip", "vpcId": stage.account.vpc, **inputs}
        stage.plans(GROUP_TYPES[0], "own", "create", given)
        arn = stage.account.elb.describe_listeners(LoadBalancerArn=stage.account.balancer)["Listeners"][0][
            "ListenerArn"
        ]
        actions = [{"type": "forward", "targetGroupArn": UNKNOWN}]
        depends = {"actions": (urn(GROUP_TYPES[0], "own"),)}
        stage.plans(RULE, "rule", "create", {"listenerArn": arn, "actions": actions}, depends=depends)
        balances(targetGroupArn=UNKNOWN)(stage)
        stage.depends["loadBalancers"] = (urn(GROUP_TYPES[0], "own"),)

    return make


def another_vpc(stage: Stage) -> None:
    vpc = stage.account.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    arn = stage.account.elb.create_target_group(Name="far", Protocol="HTTP", Port=PORT, TargetType="ip", VpcId=vpc)
    balances(targetGroupArn=arn["TargetGroups"][0]["TargetGroupArn"])(stage)


def rule_moves(stage: Stage) -> None:
    """The program listens on another port, and the update changes the rule for it."""
    stage.listens_on(5201)
    inputs = {"securityGroupId": stage.tasks_group, "ipProtocol": "tcp", "fromPort": PORT, "toPort": PORT}
    old = {**inputs, "referencedSecurityGroupId": stage.balancers_group}
    stage.plans(INGRESS, "in", "update", {**old, "fromPort": 5201, "toPort": 5201}, old_inputs=old)


def rule_goes(stage: Stage) -> None:
    ends = {"ipProtocol": "tcp", "fromPort": PORT, "toPort": PORT}
    old = {**ends, "securityGroupId": stage.tasks_group, "referencedSecurityGroupId": stage.balancers_group}
    stage.plans(INGRESS, "in", "delete", {}, old_inputs=old)


def made_group(port: int) -> Any:
    """The update makes the tasks' security group, which admits the load balancer on a port."""

    def make(stage: Stage) -> None:
        stage.plans(GROUP, "tasks", "create", {"name": "tasks"})
        rule = {"securityGroupId": UNKNOWN, "ipProtocol": "tcp", "fromPort": port, "toPort": port}
        depends = {"securityGroupId": (urn(GROUP, "tasks"),)}
        inputs = {**rule, "referencedSecurityGroupId": stage.balancers_group}
        stage.plans(INGRESS, "in", "create", inputs, depends=depends)
        stage.inputs["networkConfiguration"]["securityGroups"] = UNKNOWN
        stage.depends["networkConfiguration"] = (urn(GROUP, "tasks"),)

    return make


def healthy(_stage: Stage) -> None:
    """Nothing is changed."""


def by_address(stage: Stage) -> None:
    stage.shut(PORT)
    rule = {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
    stage.account.ec2.authorize_security_group_ingress(GroupId=stage.tasks_group, IpPermissions=[rule])


REFUSED, WARNED, NOT_DONE = Status.REFUSED, Status.WARNED, Status.NOT_DONE
CASES = (
    Case(container_port, "in order", healthy, None),
    Case(container_port, "the program moved to 5201", maps({"containerPort": 5201}), REFUSED, ["5001", "5201"]),
    Case(container_port, "no such container", balances(containerName="web"), REFUSED, ["`web`"]),
    Case(container_port, "a range", maps({"containerPortRange": "5000-5010"}), None),
    Case(container_port, "beside a range", maps({"containerPortRange": "5002-5010"}), REFUSED, ["5002-5010"]),
    Case(container_port, "the port is a text", balances(containerPort="5001"), None),
    Case(container_port, "a secret port", balances(containerPort=SECRET), NOT_DONE),
    Case(container_port, "unknown containers", lambda stage: setattr(stage, "containers", UNKNOWN), NOT_DONE),
    Case(container_port, "no load balancer", lambda stage: stage.inputs.pop("loadBalancers"), None),
    Case(target_group, "in order", healthy, None),
    Case(target_group, "of instances", other_group(TargetType="instance"), REFUSED, ["instance"]),
    Case(target_group, "udp port", maps({"containerPort": PORT, "protocol": "udp"}), REFUSED, ["HTTP", "udp"]),
    Case(target_group, "in another VPC", another_vpc, REFUSED, ["vpc-"]),
    Case(target_group, "of another port", other_group(Port=80), None),
    Case(target_group, "a fixed port", other_group(HealthCheckPort="9000"), WARNED, ["9000", "5001"]),
    Case(target_group, "a fixed port that is mapped", other_group(HealthCheckPort=str(PORT)), None),
    Case(
        target_group,
        "is gone",
        balances(
            targetGroupArn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/gone/0123456789abcdef"
        ),
        REFUSED,
        ["gone"],
    ),
    Case(target_group, "made by the update", own_group(), None),
    Case(target_group, "made for instances", own_group(targetType="instance"), REFUSED, ["instance"]),
    Case(target_group, "made with a wrong path", own_group(healthCheck={"path": "healthz"}), REFUSED, ["healthz"]),
    Case(listener, "in order", healthy, None),
    Case(listener, "nobody sends requests", other_group(listener=False), REFUSED, ["other"]),
    Case(listener, "made by the update with its rule", own_group(), None),
    Case(
        listener,
        "made by the update without a rule",
        lambda stage: (own_group()(stage), stage.others.pop()),
        REFUSED,
        ["own"],
    ),
    Case(load_balancer_path, "in order", healthy, None),
    Case(load_balancer_path, "shut", lambda stage: stage.shut(PORT), REFUSED, ["5001"]),
    Case(load_balancer_path, "another port", lambda stage: stage.listens_on(5201), REFUSED, ["5201"]),
    Case(load_balancer_path, "another port, with its rule", rule_moves, None),
    Case(load_balancer_path, "the update takes the rule away", rule_goes, REFUSED, ["5001"]),
    Case(load_balancer_path, "admitted by address", by_address, None),
    Case(load_balancer_path, "shut in", lambda stage: stage.shut_in(stage.balancers_group), REFUSED, ["lets it out"]),
    Case(load_balancer_path, "a group of the update", made_group(PORT), None),
    Case(load_balancer_path, "a group of the update, wrong port", made_group(80), REFUSED, ["5001"]),
    Case(load_balancer_path, "a target group of the update", own_group(), None),
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_the_check_says(case: Case, stage: Stage) -> None:
    case.holds(stage)
