"""What was pending when an update was cut off is found in AWS, or given up; nobody else's resource is taken."""

from typing import Any

import pytest

from automation.creates import Creates
from automation.finding import Found, can_be_found, find
from diagnostics.reads import Answer, ReadError

SERVICE = "aws:ecs/service:Service"
INPUTS = {
    "name": "shop",
    "cluster": "prod",
    "taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/shop:7",
    "tags": {"app": "shop"},
}


class Aws:
    """Answers by operation; an exception is raised."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers

    def ask(self, _service: str, method: str, /, **_arguments: Any) -> Any:
        answer = self.answers[method]
        if isinstance(answer, Exception):
            raise answer
        return answer


def refused(code: str) -> ReadError:
    return ReadError(Answer("Operation", code, "no"))


def service(**more: Any) -> dict[str, Any]:
    one = {
        "serviceArn": "arn:aws:ecs:eu-west-1:1:service/prod/shop",
        "status": "ACTIVE",
        "taskDefinition": INPUTS["taskDefinition"],
        "tags": [{"key": "app", "value": "shop"}, {"key": "team", "value": "web"}],
    }
    return {"services": [one | more]}


def test_a_service_of_the_revision_that_was_asked_for_is_ours() -> None:
    found = find(SERVICE, INPUTS, Aws(describe_services=service()).ask)
    assert found == Found("arn:aws:ecs:eu-west-1:1:service/prod/shop", ours=True)


def test_a_service_that_rolled_on_is_known_by_its_deployments() -> None:
    deployments = [{"taskDefinition": "a/shop:8"}, {"taskDefinition": INPUTS["taskDefinition"]}]
    answer = service(taskDefinition="a/shop:8", deployments=deployments)
    assert find(SERVICE, INPUTS, Aws(describe_services=answer).ask) == Found(
        "arn:aws:ecs:eu-west-1:1:service/prod/shop", ours=True
    )


@pytest.mark.parametrize("other", [{"taskDefinition": "arn:aws:ecs:eu-west-1:1:task-definition/shop:6"}, {"tags": []}])
def test_a_service_of_the_same_name_that_another_stack_made_is_left_alone(other: dict[str, Any]) -> None:
    found = find(SERVICE, INPUTS, Aws(describe_services=service(**other)).ask)
    assert found is not None
    assert not found.ours


@pytest.mark.parametrize("answer", [{"services": []}, service(status="INACTIVE"), refused("ClusterNotFoundException")])
def test_a_service_that_is_not_there_was_not_made(answer: Any) -> None:
    assert find(SERVICE, INPUTS, Aws(describe_services=answer).ask) is None


def test_what_aws_does_not_say_is_not_guessed() -> None:
    with pytest.raises(ReadError):
        find(SERVICE, INPUTS, Aws(describe_services=refused("AccessDeniedException")).ask)


def test_a_listener_rule_is_found_by_its_priority_and_known_by_its_target() -> None:
    rule = {"RuleArn": "arn:rule", "Priority": "100", "Actions": [{"Type": "forward", "TargetGroupArn": "arn:tg"}]}
    aws = Aws(describe_rules={"Rules": [rule]}, describe_tags={"TagDescriptions": []})
    inputs = {"listenerArn": "arn:l", "priority": 100, "actions": [{"type": "forward", "targetGroupArn": "arn:tg"}]}
    kind = "aws:lb/listenerRule:ListenerRule"
    assert find(kind, inputs, aws.ask) == Found("arn:rule", ours=True)
    other = inputs | {"actions": [{"type": "forward", "targetGroupArn": "arn:other"}]}
    assert find(kind, other, aws.ask) == Found("arn:rule", ours=False)
    assert find(kind, inputs | {"priority": 101}, aws.ask) is None


def test_a_security_group_rule_is_told_from_its_neighbours() -> None:
    rule = {"SecurityGroupRuleId": "sgr-1", "IsEgress": True, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    aws = Aws(describe_security_group_rules={"SecurityGroupRules": [rule | {"CidrIpv4": "0.0.0.0/0"}]})
    inputs = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}
    egress, ingress = (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Egress", "Ingress"))
    assert find(egress, inputs, aws.ask) == Found("sgr-1", ours=True)
    assert find(egress, inputs | {"toPort": 444}, aws.ask) is None
    assert find(ingress, inputs, aws.ask) is None


def test_what_has_no_name_of_its_own_cannot_be_found() -> None:
    assert can_be_found(SERVICE, INPUTS)
    assert not can_be_found("aws:iam/role:Role", {"namePrefix": "shop-"})
    assert not can_be_found("aws:iam/role:Role", {"name": {"4dabf18193072939515e22adb298388d": "…"}})
    assert not can_be_found("aws:cloudwatch/metricAlarm:MetricAlarm", {"name": "cpu"})


class Event:
    """An engine's event with one of its kinds."""

    def __init__(self, **kinds: Any) -> None:
        self.resource_pre_event = self.diagnostic_event = self.res_outputs_event = None
        self.__dict__ |= kinds


class Of:
    """Attributes."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__ |= attributes


def begins(urn: str, kind: str = SERVICE, operation: str = "create") -> Event:
    new = Of(inputs=INPUTS | {"environment": {"TOKEN": "[secret]"}}, parent="urn:parent")
    metadata = Of(op=Of(value=operation), type=kind, urn=urn, provider="urn:aws::id", new=new)
    return Event(resource_pre_event=Of(metadata=metadata))


def says(urn: str, message: str) -> Event:
    return Event(diagnostic_event=Of(urn=urn, message=message))


def ends(urn: str) -> Event:
    return Event(res_outputs_event=Of(metadata=Of(urn=urn)))


def test_creates_are_noted_until_they_end(tmp_path: Any) -> None:
    creates = Creates(tmp_path, "dev")
    for event in (begins("urn:1"), begins("urn:2", operation="update"), begins("urn:3", kind="aws:sns/topic:Topic")):
        creates.take(event)  # type: ignore[arg-type]
    (noted,) = Creates(tmp_path, "dev").open()
    assert (noted.urn, noted.inputs) == ("urn:1", INPUTS), "without what is secret"
    assert noted.to_resource()["parent"] == "urn:parent"
    creates.take(ends("urn:1"))  # type: ignore[arg-type]
    assert creates.open() == ()


def test_only_creates_whose_provider_died_outlive_their_update(tmp_path: Any) -> None:
    creates = Creates(tmp_path, "dev")
    for event in (
        begins("urn:died"),
        begins("urn:refused"),
        says("urn:died", "error: error reading from server: EOF\n"),
        says("urn:refused", "InvalidParameterException: Creation of service was not idempotent."),
    ):
        creates.take(event)  # type: ignore[arg-type]
    creates.forget_failed()
    assert [create.urn for create in creates.open()] == ["urn:died"]
