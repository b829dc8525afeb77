"""`aws:ecs/service:Service` against a scripted ECS: what it sends, how it waits, what it says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.provider.errors import OperationError, PartialFailureError
from sandbox.provider.resource import Call
from sandbox.provider.resources.service import Service
from sandbox.provider.wire import Values

_START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
_ARN = "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"
_CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
_TASK_DEFINITION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:"
_REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/web/"
_URN = "urn:pulumi:dev::demo::aws:ecs/service:Service::web"

INPUTS: Values = {
    "name": "web",
    "cluster": _CLUSTER,
    "taskDefinition": f"{_TASK_DEFINITION}1",
    "desiredCount": 2,
    "launchType": "FARGATE",
    "waitForSteadyState": True,
    "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
}


class Pace:
    """A clock that passes only while somebody waits."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> datetime:
        return _START + timedelta(seconds=sum(self.slept))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@dataclass
class Ecs:
    """Answers as told and keeps what it was asked. `statuses` are those of the service deployment, poll by poll."""

    pace: Pace
    statuses: list[str] = field(default_factory=lambda: ["SUCCESSFUL"])
    reason: str | None = None
    service: dict[str, Any] = field(default_factory=dict)
    refusals: dict[str, list[ClientError]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    after_status: Callable[["Ecs"], None] = lambda _ecs: None

    def _asked(self, operation: str, request: dict[str, Any]) -> None:
        self.calls.append((operation, request))
        if refusals := self.refusals.get(operation):
            raise refusals.pop(0)

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [request for name, request in self.calls if name == operation]

    def create_service(self, **request: Any) -> Mapping[str, Any]:
        self._asked("CreateService", request)
        self.service = a_service(self.pace.now() + timedelta(milliseconds=1), request)
        return {"service": self.service}

    def update_service(self, **request: Any) -> Mapping[str, Any]:
        self._asked("UpdateService", request)
        if "taskDefinition" in request:
            newer = a_service(self.pace.now() + timedelta(milliseconds=1), request, number=2)
            self.service["deployments"] = newer["deployments"] + self.service["deployments"]
        self.service |= {key: value for key, value in request.items() if key in self.service}
        return {"service": self.service}

    def describe_services(self, **request: Any) -> Mapping[str, Any]:
        self._asked("DescribeServices", request)
        return {"services": [self.service] if self.service else [], "failures": []}

    def list_service_deployments(self, **request: Any) -> Mapping[str, Any]:
        self._asked("ListServiceDeployments", request)
        after = request["createdAt"]["after"]
        return {
            "serviceDeployments": [
                {
                    "serviceDeploymentArn": f"deployment-of-{item['id'].partition('/')[2]}",
                    "targetServiceRevisionArn": _REVISION + item["id"].partition("/")[2],
                }
                for item in self.service["deployments"]
                if item["createdAt"] > after
            ]
        }

    def describe_service_deployments(self, **request: Any) -> Mapping[str, Any]:
        self._asked("DescribeServiceDeployments", request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        self.after_status(self)
        return {"serviceDeployments": [{"status": status, **({"statusReason": self.reason} if self.reason else {})}]}

    def delete_service(self, **request: Any) -> Mapping[str, Any]:
        self._asked("DeleteService", request)
        self.service["status"] = "DRAINING"
        return {}

    def tag_resource(self, **request: Any) -> Mapping[str, Any]:
        self._asked("TagResource", request)
        self.service["tags"] = request["tags"]
        return {}


def a_service(created_at: datetime, request: Mapping[str, Any], number: int = 1) -> dict[str, Any]:
    """A service as DescribeServices shows it."""
    deployment = {
        "id": f"ecs-svc/{number:019d}",
        "status": "PRIMARY",
        "createdAt": created_at,
        "taskDefinition": request.get("taskDefinition"),
    }
    return {
        "serviceArn": _ARN,
        "serviceName": "web",
        "clusterArn": _CLUSTER,
        "status": "ACTIVE",
        "desiredCount": request.get("desiredCount", 0),
        "runningCount": 0,
        "taskDefinition": request.get("taskDefinition"),
        "launchType": "FARGATE",
        "deploymentController": {"type": "ECS"},
        "deploymentConfiguration": request.get("deploymentConfiguration", {}),
        "networkConfiguration": request.get("networkConfiguration"),
        "deployments": [deployment],
        "tags": [],
    }


@dataclass
class Connection:
    """What a resource sees of a provider instance."""

    ecs: Ecs
    pace: Pace
    region: str = "eu-west-1"
    default_tags: Mapping[str, str] = field(default_factory=dict)

    def client(self, _service: str, _region: str | None = None) -> Ecs:
        return self.ecs


@pytest.fixture
def ecs() -> Ecs:
    return Ecs(Pace())


def a_call(ecs: Ecs, **members: Any) -> Call:
    connection: Any = Connection(ecs, ecs.pace)
    return Call(connection, _URN, **members)


def created(ecs: Ecs, **changes: Any) -> tuple[str, Values]:
    """Create a service that is steady, and forget that it was."""
    made = Service().run_create(a_call(ecs, inputs={**INPUTS, **changes}))
    ecs.service["runningCount"] = 2
    ecs.calls.clear()
    ecs.pace.slept.append(60)
    return made


def refusal(operation: str, code: str, message: str) -> ClientError:
    kind = type(code, (ClientError,), {})
    metadata: Any = {"HTTPStatusCode": 400, "RequestId": "r-1", "HTTPHeaders": {}, "RetryAttempts": 0, "HostId": ""}
    error: ClientError = kind({"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, operation)
    return error


def test_a_creation_waits_for_its_own_deployment(ecs: Ecs) -> None:
    ecs.statuses = ["PENDING", "IN_PROGRESS", "IN_PROGRESS", "SUCCESSFUL"]
    id_, state = Service().run_create(a_call(ecs, inputs=INPUTS))
    assert id_ == state["arn"] == _ARN
    (listed,) = ecs.requests("ListServiceDeployments")
    assert listed["createdAt"] == {"after": _START}
    asked = ecs.requests("DescribeServiceDeployments")
    assert asked == [{"serviceDeploymentArns": ["deployment-of-0000000000000000001"]}] * 4


def test_a_wait_polls_ever_more_slowly_up_to_ten_seconds(ecs: Ecs) -> None:
    ecs.statuses = ["IN_PROGRESS"] * 10 + ["SUCCESSFUL"]
    Service().run_create(a_call(ecs, inputs=INPUTS))
    assert ecs.pace.slept == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10, 10])


def test_create_service_gets_what_the_program_and_terraforms_defaults_say(ecs: Ecs) -> None:
    inputs = {
        **INPUTS,
        "loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "web", "containerPort": 5001}],
        "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
        "healthCheckGracePeriodSeconds": 30,
        "deploymentConfiguration": {"strategy": "ROLLING", "bakeTimeInMinutes": "5"},
        "tags": {"team": "shop"},
    }
    Service().run_create(a_call(ecs, inputs=inputs))
    assert ecs.requests("CreateService") == [
        {
            "cluster": _CLUSTER,
            "serviceName": "web",
            "taskDefinition": f"{_TASK_DEFINITION}1",
            "desiredCount": 2,
            "launchType": "FARGATE",
            "schedulingStrategy": "REPLICA",
            "healthCheckGracePeriodSeconds": 30,
            "enableECSManagedTags": False,
            "enableExecuteCommand": False,
            "loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "web", "containerPort": 5001}],
            "networkConfiguration": {
                "awsvpcConfiguration": {
                    "subnets": ["subnet-1"],
                    "securityGroups": ["sg-1"],
                    "assignPublicIp": "DISABLED",
                }
            },
            "deploymentConfiguration": {
                "maximumPercent": 200,
                "minimumHealthyPercent": 100,
                "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
                "strategy": "ROLLING",
                "bakeTimeInMinutes": 5,
            },
            "tags": [{"key": "team", "value": "shop"}],
        }
    ]


@pytest.mark.parametrize("status", ["STOPPED", "ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL"])
def test_a_deployment_that_failed_leaves_the_service_in_the_state_with_ecs_reason(ecs: Ecs, status: str) -> None:
    ecs.statuses, ecs.reason = ["IN_PROGRESS", status], "Service deployment rolled back by user."
    with pytest.raises(PartialFailureError) as error:
        Service().run_create(a_call(ecs, inputs=INPUTS))
    assert str(error.value) == f"waiting for ECS Service ({_ARN}) create: Service deployment rolled back by user."
    assert error.value.id == error.value.state["arn"] == _ARN
    assert error.value.state["taskDefinition"] == INPUTS["taskDefinition"]


def test_a_failure_without_a_reason_says_that(ecs: Ecs) -> None:
    ecs.statuses = ["STOPPED"]
    with pytest.raises(PartialFailureError, match=r"create: Deployment failed$"):
        Service().run_create(a_call(ecs, inputs=INPUTS))


@pytest.mark.parametrize(("timeout", "words"), [(0, "20m0s"), (480, "8m0s"), (45, "45s"), (3600, "1h0m0s")])
def test_running_out_of_time_reads_as_terraform_says_it(ecs: Ecs, timeout: float, words: str) -> None:
    ecs.statuses = ["IN_PROGRESS"]
    with pytest.raises(PartialFailureError) as error:
        Service().run_create(a_call(ecs, inputs=INPUTS, timeout=timeout))
    assert str(error.value).endswith(
        f"create: timeout while waiting for state to become 'tfSTABLE' (last state: 'tfPENDING', timeout: {words})"
    )
    assert timeout or 1200 <= sum(ecs.pace.slept) < 1220


def test_a_rolled_back_service_is_a_failure_although_it_looks_steady(ecs: Ecs) -> None:
    id_, state = created(ecs)
    old = dict(ecs.service["deployments"][0])

    def roll_back(ecs: Ecs) -> None:
        ecs.service["deployments"] = [old]
        ecs.service["runningCount"] = ecs.service["desiredCount"]

    ecs.statuses, ecs.reason, ecs.after_status = ["IN_PROGRESS", "ROLLBACK_SUCCESSFUL"], "circuit breaker", roll_back
    news = {**INPUTS, "taskDefinition": f"{_TASK_DEFINITION}2"}
    with pytest.raises(PartialFailureError, match=r"update: circuit breaker") as error:
        Service().run_update(a_call(ecs, id=id_, inputs=news, state=state))
    # Terraform's SDK keeps what was planned, so that the next update sees no difference.
    assert error.value.state["taskDefinition"] == f"{_TASK_DEFINITION}2"


def test_an_update_sends_only_what_changed(ecs: Ecs) -> None:
    id_, state = created(ecs)
    news = {**INPUTS, "taskDefinition": f"{_TASK_DEFINITION}2"}
    new_state = Service().run_update(a_call(ecs, id=id_, inputs=news, state=state))
    (sent,) = ecs.requests("UpdateService")
    assert sent == {
        "cluster": _CLUSTER,
        "service": _ARN,
        "taskDefinition": f"{_TASK_DEFINITION}2",
        "forceNewDeployment": False,
    }
    assert ecs.requests("DescribeServiceDeployments")[0] == {
        "serviceDeploymentArns": ["deployment-of-0000000000000000002"]
    }
    assert new_state["taskDefinition"] == f"{_TASK_DEFINITION}2"


@pytest.mark.parametrize(
    ("change", "sent"),
    [
        ({"desiredCount": 5}, {"desiredCount": 5}),
        ({"desiredCount": None}, {"desiredCount": 0}),
        ({"deploymentMaximumPercent": 150}, {"deploymentConfiguration": {"maximumPercent": 150}}),
        (
            {"deploymentCircuitBreaker": None},
            {"deploymentConfiguration": {"deploymentCircuitBreaker": {"enable": False, "rollback": False}}},
        ),
        (
            {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": False}},
            {"deploymentConfiguration": {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": False}}},
        ),
        ({"enableExecuteCommand": True}, {"enableExecuteCommand": True}),
        ({"healthCheckGracePeriodSeconds": 60}, {"healthCheckGracePeriodSeconds": 60}),
        ({"forceNewDeployment": True}, {"forceNewDeployment": True}),
    ],
)
def test_each_change_is_its_own_member(ecs: Ecs, change: Values, sent: dict[str, Any]) -> None:
    id_, state = created(ecs)
    news = {key: value for key, value in {**INPUTS, "waitForSteadyState": False, **change}.items() if value is not None}
    Service().run_update(a_call(ecs, id=id_, inputs=news, state={**state, "waitForSteadyState": False}))
    (request,) = ecs.requests("UpdateService")
    place = {"cluster": _CLUSTER, "service": _ARN}
    assert request == {**place, "forceNewDeployment": False, **sent}


def test_without_a_change_there_is_neither_an_update_nor_a_wait(ecs: Ecs) -> None:
    # What the engine sends to go on after a failed wait: the next update is green although nothing serves.
    id_, state = created(ecs)
    ecs.statuses = ["STOPPED"]
    Service().run_update(a_call(ecs, id=id_, inputs=INPUTS, state=state))
    assert ecs.operations() == ["DescribeServices"]


def test_a_change_of_tags_alone_does_not_touch_the_service(ecs: Ecs) -> None:
    id_, state = created(ecs)
    news = {**INPUTS, "tags": {"team": "shop"}}
    new_state = Service().run_update(a_call(ecs, id=id_, inputs=news, state=state))
    assert ecs.operations() == ["TagResource", "DescribeServices"]
    assert new_state["tagsAll"] == {"team": "shop"}


def test_a_change_that_deploys_nothing_is_steady_when_the_counts_agree(ecs: Ecs) -> None:
    id_, state = created(ecs)

    def describe(**request: Any) -> Mapping[str, Any]:
        ecs.calls.append(("DescribeServices", request))
        ecs.service["runningCount"] = min(5, ecs.service["runningCount"] + 1)
        return {"services": [ecs.service]}

    ecs.describe_services = describe  # type: ignore[method-assign]
    Service().run_update(a_call(ecs, id=id_, inputs={**INPUTS, "desiredCount": 5}, state=state))
    assert ecs.service["runningCount"] == 5
    assert ecs.requests("ListServiceDeployments") == []


def test_without_a_wait_for_the_steady_state_active_is_enough(ecs: Ecs) -> None:
    ecs.statuses = ["STOPPED"]
    Service().run_create(a_call(ecs, inputs={**INPUTS, "waitForSteadyState": False}))
    assert "DescribeServiceDeployments" not in ecs.operations()
    assert ecs.pace.slept == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("InvalidParameterException", "Unable to assume the service linked role. Please verify that it exists."),
        ("InvalidParameterException", "The target group arn:tg does not have an associated load balancer."),
        ("ClusterNotFoundException", "Cluster not found."),
    ],
)
def test_what_may_pass_is_tried_again(ecs: Ecs, code: str, message: str) -> None:
    ecs.refusals["CreateService"] = [refusal("CreateService", code, message) for _ in range(3)]
    Service().run_create(a_call(ecs, inputs=INPUTS))
    assert ecs.operations().count("CreateService") == 4


def test_what_does_not_pass_in_four_minutes_is_refused_and_nothing_is_saved(ecs: Ecs) -> None:
    refused = [refusal("CreateService", "ClusterNotFoundException", "Cluster not found.") for _ in range(100)]
    ecs.refusals["CreateService"] = refused
    with pytest.raises(OperationError) as error:
        Service().run_create(a_call(ecs, inputs=INPUTS))
    assert str(error.value) == (
        "creating ECS Service (web): operation error ECS: CreateService, https response error StatusCode: 400, "
        "RequestID: r-1, ClusterNotFoundException: Cluster not found."
    )
    assert 240 <= sum(ecs.pace.slept) < 260


def test_a_plain_refusal_is_final(ecs: Ecs) -> None:
    ecs.refusals["CreateService"] = [refusal("CreateService", "InvalidParameterException", "No Container Instances")]
    with pytest.raises(OperationError):
        Service().run_create(a_call(ecs, inputs=INPUTS))
    assert ecs.operations() == ["CreateService"]


def test_a_refusal_during_the_wait_is_a_failed_wait(ecs: Ecs) -> None:
    denied = refusal("ListServiceDeployments", "AccessDeniedException", "not authorized")
    ecs.refusals["ListServiceDeployments"] = [denied]
    with pytest.raises(
        PartialFailureError, match=rf"^waiting for ECS Service \({_ARN}\) create: operation error ECS: List"
    ):
        Service().run_create(a_call(ecs, inputs=INPUTS))


def test_a_deletion_drains_first_and_waits_until_inactive(ecs: Ecs) -> None:
    id_, state = created(ecs)

    def describe(**request: Any) -> Mapping[str, Any]:
        ecs.calls.append(("DescribeServices", request))
        if ecs.service["status"] == "DRAINING" and ecs.pace.slept[-1] > 1:
            ecs.service["status"] = "INACTIVE"
        return {"services": [ecs.service]}

    ecs.describe_services = describe  # type: ignore[method-assign]
    active = "The service cannot be stopped while deployments are active."
    ecs.refusals["DeleteService"] = [refusal("DeleteService", "InvalidParameterException", active)]
    Service().run_delete(a_call(ecs, id=id_, state=state))
    place = {"cluster": _CLUSTER, "service": _ARN}
    assert ecs.requests("UpdateService") == [{**place, "desiredCount": 0}]
    assert ecs.requests("DeleteService") == [{**place, "force": False}] * 2
    assert ecs.operations().index("UpdateService") < ecs.operations().index("DeleteService")
    assert ecs.service["status"] == "INACTIVE"


def test_a_deletion_that_never_ends_says_so(ecs: Ecs) -> None:
    id_, state = created(ecs)
    with pytest.raises(OperationError, match=rf"^waiting for ECS Service \({_ARN}\) delete: timeout while waiting"):
        Service().run_delete(a_call(ecs, id=id_, state=state, timeout=60))


def test_deleting_what_is_gone_is_no_error(ecs: Ecs) -> None:
    id_, state = created(ecs)
    ecs.service = {}
    Service().run_delete(a_call(ecs, id=id_, state=state))
    assert ecs.operations() == ["DescribeServices"]


def test_a_service_that_is_not_active_within_two_minutes_is_gone(ecs: Ecs) -> None:
    id_, state = created(ecs)
    ecs.pace.slept.clear()
    ecs.service["status"] = "INACTIVE"
    assert Service().run_read(a_call(ecs, id=id_, state=state), INPUTS) is None
    assert 120 <= sum(ecs.pace.slept) < 140


def test_a_refresh_tells_the_revision_that_ecs_rolled_back_to(ecs: Ecs) -> None:
    id_, state = created(ecs)
    planned = {**state, "taskDefinition": f"{_TASK_DEFINITION}2"}
    inputs = {**INPUTS, "taskDefinition": f"{_TASK_DEFINITION}2"}
    found = Service().run_read(a_call(ecs, id=id_, state=planned), inputs)
    assert found is not None
    live, live_inputs = found
    assert live["taskDefinition"] == live_inputs["taskDefinition"] == f"{_TASK_DEFINITION}1"
    assert live_inputs["networkConfiguration"] == INPUTS["networkConfiguration"]


def test_cluster_and_task_definition_are_told_in_the_programs_form(ecs: Ecs) -> None:
    _, state = Service().run_create(a_call(ecs, inputs={**INPUTS, "cluster": "shop", "taskDefinition": "web:1"}))
    ecs.service["taskDefinition"] = f"{_TASK_DEFINITION}1"
    found = Service().run_read(a_call(ecs, id=_ARN, state=state), None)
    assert found is not None
    assert (found[0]["cluster"], found[0]["taskDefinition"]) == ("shop", "web:1")


def test_another_cluster_replaces_and_another_revision_does_not(ecs: Ecs) -> None:
    _, state = created(ecs)
    found = Service().diff({}, state, {**INPUTS, "cluster": "other", "taskDefinition": f"{_TASK_DEFINITION}2"})
    assert {change.key: change.replaces for change in found} == {"cluster": True, "taskDefinition": False}
