"""What was pending when an update was cut off is found in AWS, or given up; nobody else's resource is taken."""

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from pulumi.automation import CommandResult, Deployment
from pulumi.automation.errors import CommandError

from automation.errors import RepairError
from automation.mending.creates import Create, Creates
from automation.mending.finding import Found, can_be_found, find
from automation.mending.pending import clear_pending
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


def deployed(*definitions: str) -> dict[str, Any]:
    """Return what ECS tells of the deployments that a service has had."""
    return {
        "list_service_deployments": {
            "serviceDeployments": [{"targetServiceRevisionArn": each} for each in definitions]
        },
        "describe_service_revisions": {"serviceRevisions": [{"taskDefinition": each} for each in definitions]},
    }


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
    found = find(SERVICE, INPUTS, Aws(describe_services=service(**other), **deployed("a/shop:5", "a/shop:6")).ask)
    assert found is not None
    assert not found.ours


def test_a_service_that_somebody_has_deployed_over_is_known_by_what_was_deployed_before() -> None:
    answer = service(taskDefinition="a/shop:9", deployments=[{"taskDefinition": "a/shop:9"}])
    found = find(SERVICE, INPUTS, Aws(describe_services=answer, **deployed("a/shop:7", "a/shop:9")).ask)
    assert found is not None
    assert found.ours


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


def test_a_parameter_is_found_by_its_name_and_known_by_its_type_and_tags() -> None:
    kind, inputs = "aws:ssm/parameter:Parameter", {"name": "/shop/mode", "type": "String", "tags": {"stack": "dev"}}
    told = {"TagList": [{"Key": "stack", "Value": "dev"}]}
    there = {"Parameters": [{"Name": "/shop/mode", "Type": "String"}]}
    aws = Aws(describe_parameters=there, list_tags_for_resource=told)
    assert find(kind, inputs, aws.ask) == Found("/shop/mode", ours=True)
    for other in ({"type": "SecureString"}, {"tags": {"stack": "prod"}}):
        assert find(kind, inputs | other, aws.ask) == Found("/shop/mode", ours=False)
    assert find(kind, inputs, Aws(describe_parameters={"Parameters": []}).ask) is None

    def paged(service: str, method: str, /, **arguments: Any) -> Any:
        first = method == "describe_parameters" and "NextToken" not in arguments
        return {"Parameters": [], "NextToken": "2"} if first else aws.ask(service, method, **arguments)

    assert find(kind, inputs, paged) == Found("/shop/mode", ours=True)


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


class Stack:
    """A stack whose state is a document; the engine's commands are as the CLI does them."""

    def __init__(self, project: Path, *pending: dict[str, Any], resources: Any = ()) -> None:
        self.name = "dev"
        self.workspace = Of(work_dir=str(project))
        self.state: dict[str, Any] = {"resources": list(resources), "pending_operations": list(pending)}
        self.refreshed: list[list[str]] = []
        self.refuse_refresh = False

    def export_stack(self) -> Deployment:
        return Deployment(version=3, deployment=deepcopy(self.state))

    def import_stack(self, state: Deployment) -> None:
        self.state = deepcopy(dict(state.deployment or {})) | {"pending_operations": []}

    def refresh(self, target: list[str], **_options: Any) -> None:
        if self.refuse_refresh:
            raise CommandError(CommandResult("", "error: no credentials", 1))
        self.refreshed.append(target)
        for resource in self.state["resources"]:
            if resource["urn"] in target:
                resource.pop("initErrors", None)
        self.state["pending_operations"] = [
            each for each in self.state["pending_operations"] if each["type"] == "creating"
        ]

    def clear(self, begun: tuple[Create, ...] = (), **answers: Any) -> tuple[str, ...]:
        opened: Any = Of(stack=self, environment={})
        return clear_pending(opened, lambda _line: None, lambda _resource: Aws(**answers).ask, begun)


URN = f"urn:pulumi:dev::shop::my:Component${SERVICE}::web"
MADE = {"urn": URN, "type": SERVICE, "custom": True, "inputs": INPUTS, "parent": "urn:p", "dependencies": ["urn:d"]}
CREATING = {"type": "creating", "resource": MADE}


def test_a_service_that_had_been_made_is_taken_into_the_state_and_read(tmp_path: Path) -> None:
    stack = Stack(tmp_path, CREATING)
    (told,) = stack.clear(describe_services=service())
    assert told == (
        "aws:ecs/service:Service web had been made: it is in the state now, as "
        "arn:aws:ecs:eu-west-1:1:service/prod/shop"
    )
    (resource,) = stack.state["resources"]
    assert (resource["id"], resource["dependencies"]) == ("arn:aws:ecs:eu-west-1:1:service/prod/shop", ["urn:d"])
    assert resource["inputs"] == INPUTS
    assert stack.state["pending_operations"] == []
    assert stack.refreshed == [[URN]]
    assert stack.clear() == ()


@pytest.mark.parametrize(
    ("answer", "words"),
    [({"services": []}, "had not been made"), (service(tags=[]), "which this stack did not make")],
)
def test_what_is_not_there_or_not_ours_is_given_up(tmp_path: Path, answer: Any, words: str) -> None:
    stack = Stack(tmp_path, CREATING)
    (told,) = stack.clear(describe_services=answer)
    assert words in told
    assert stack.state == {"resources": [], "pending_operations": []}


def test_where_aws_does_not_say_nothing_is_changed(tmp_path: Path) -> None:
    stack = Stack(tmp_path, CREATING, {"type": "updating", "resource": {"urn": "urn:other"}})
    before = deepcopy(stack.state)
    with pytest.raises(RepairError, match=r"nothing was changed.*AccessDeniedException"):
        stack.clear(describe_services=refused("AccessDeniedException"))
    assert stack.state == before
    assert stack.refreshed == []


def test_what_was_being_changed_or_deleted_is_read_again(tmp_path: Path) -> None:
    old = {"urn": "urn:pulumi:dev::shop::aws:iam/role:Role::task", "id": "task", "type": "aws:iam/role:Role"}
    stack = Stack(tmp_path, {"type": "updating", "resource": old}, resources=[old])
    assert stack.clear() == ("aws:iam/role:Role task was being changed and was read again",)
    assert stack.refreshed == [[old["urn"]]]
    assert stack.state == {"resources": [old], "pending_operations": []}


def test_a_replacement_that_had_been_made_leaves_the_old_one_to_be_deleted(tmp_path: Path) -> None:
    old = MADE | {"id": "arn:aws:ecs:eu-west-1:1:service/prod/shop-before"}
    stack = Stack(tmp_path, CREATING, resources=[old])
    stack.clear(describe_services=service())
    first, second = stack.state["resources"]
    assert (first["id"], first.get("delete")) == (old["id"], True)
    assert second.get("delete") is None


def test_a_repair_that_was_cut_off_is_finished_by_the_next_one(tmp_path: Path) -> None:
    stack = Stack(tmp_path, CREATING)
    stack.refuse_refresh = True
    with pytest.raises(RepairError, match="no credentials"):
        stack.clear(describe_services=service())
    stack.refuse_refresh = False
    assert len(stack.clear()) == 1
    assert stack.refreshed == [[URN]]
    assert "initErrors" not in stack.state["resources"][0]
    assert stack.clear() == ()


def test_a_create_that_the_engine_forgot_is_found_by_its_note(tmp_path: Path) -> None:
    creates, stack = Creates(tmp_path, "dev"), Stack(tmp_path)
    creates.take(begins(URN))  # type: ignore[arg-type]
    (told,) = stack.clear(describe_services=service())
    assert "had been made" in told
    assert [each["urn"] for each in stack.state["resources"]] == [URN]
    assert creates.open() == ()


def test_a_create_that_the_engine_forgot_is_found_without_a_note_by_the_run_itself(tmp_path: Path) -> None:
    creates, stack = Creates(tmp_path, "dev"), Stack(tmp_path)
    (tmp_path / ".failwell").touch()  # no folder can be made there
    creates.take(begins(URN))  # type: ignore[arg-type]
    assert stack.clear(describe_services=service()) == ()
    (told,) = stack.clear(creates.open(), describe_services=service())
    assert "had been made" in told
    assert [each["urn"] for each in stack.state["resources"]] == [URN]
    assert stack.clear(creates.open()) == (), "it is in the state"


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


def test_what_the_disk_takes_no_note_of_is_remembered_and_noted_once_the_disk_takes_it(tmp_path: Path) -> None:
    creates, refused = Creates(tmp_path, "dev"), tmp_path / ".failwell"
    refused.touch()  # no folder can be made there
    for event in (begins("urn:1"), begins("urn:ended"), begins("urn:refused"), ends("urn:ended")):
        creates.take(event)  # type: ignore[arg-type]
    assert [create.urn for create in creates.open()] == ["urn:1", "urn:refused"]
    assert Creates(tmp_path, "dev").open() == ()
    refused.unlink()
    creates.take(says("urn:1", "error reading from server: EOF"))  # type: ignore[arg-type]
    assert {create.urn for create in Creates(tmp_path, "dev").open()} == {"urn:1", "urn:refused"}
    creates.forget_failed()
    assert [create.urn for create in creates.open()] == ["urn:1"], "once, and none that has failed"
    assert Creates(tmp_path, "dev").open() == creates.open()


def test_a_note_that_the_disk_takes_at_the_end_of_the_update_is_there_for_the_next_run(tmp_path: Path) -> None:
    creates, refused = Creates(tmp_path, "dev"), tmp_path / ".failwell"
    refused.touch()
    for event in (begins("urn:1"), says("urn:1", "error reading from server: EOF")):
        creates.take(event)  # type: ignore[arg-type]
    refused.unlink()
    creates.forget_failed()
    assert [create.urn for create in Creates(tmp_path, "dev").open()] == ["urn:1"]
