"""Many services of a cluster are looked at in one pass, within its budget of calls, and each deployment to its end."""

# ruff: noqa: ARG002 - the fake answers whoever asks, with the signatures of `FleetReads`

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from diagnostics.fleet import Fleet
from diagnostics.reads import Answer, ReadError
from diagnostics.watch import WatchState

ARN = "arn:aws:ecs:eu-west-1:123456789012"
PULL = "CannotPullContainerError: failed to resolve ref shop:2: not found"


def pages(count: int, size: int) -> int:
    return max(1, -(-count // size))


@dataclass
class Cluster:
    """A cluster's reads, each counted as AWS counts it: by page and by batch."""

    clock: Any
    tasks_each: int = 3
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    api_calls: Counter[str] = field(default_factory=Counter)
    surroundings: Any = None

    def add(self, number: int, *, deploying: bool) -> None:
        name, mine = f"web-{number}", f"ecs-svc/{number}"
        group = f"arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/{name}/0"
        self.services[name] = {
            "serviceName": name,
            "serviceArn": f"{ARN}:service/prod/{name}",
            "clusterArn": f"{ARN}:cluster/prod",
            "status": "ACTIVE",
            "desiredCount": self.tasks_each,
            "runningCount": self.tasks_each,
            "currentServiceDeployment": f"{ARN}:service-deployment/prod/{name}/{number}" if deploying else None,
            "deployments": [
                {
                    "id": mine,
                    "status": "PRIMARY",
                    "rolloutState": "IN_PROGRESS" if deploying else "COMPLETED",
                    "taskDefinition": f"{ARN}:task-definition/{name}:2",
                    "desiredCount": self.tasks_each,
                    "runningCount": self.tasks_each,
                    "createdAt": self.clock.now(),
                }
            ],
            "events": [],
            "loadBalancers": [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}],
        }
        for index in range(self.tasks_each):
            arn = f"{ARN}:task/prod/{number * 1000 + index:032x}"
            self.tasks[arn] = {
                "taskArn": arn,
                "group": f"service:{name}",
                "startedBy": mine,
                "lastStatus": "RUNNING",
                "desiredStatus": "RUNNING",
                "createdAt": self.clock.now(),
                "containers": [],
            }

    def fail(self, number: int) -> None:
        for task in self.tasks.values():
            if task["group"] == f"service:web-{number}":
                task |= {"lastStatus": "STOPPED", "desiredStatus": "STOPPED", "stoppedReason": PULL}

    def _called(self, operation: str, times: int = 1) -> None:
        self.api_calls[operation] += times
        if code := self.refused.get(operation):
            raise ReadError(Answer(operation, code, "no"))

    def list_services(self, cluster: str) -> list[str]:
        self._called("ListServices", pages(len(self.services), 100))
        return [each["serviceArn"] for each in self.services.values()]

    def describe_services(self, cluster: str, services: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeServices", pages(len(services), 10))
        return [self.services[name] for name in services if name in self.services]

    def describe_service(self, cluster: str, service: str) -> dict[str, Any] | None:
        raise AssertionError("a fleet never asks for one service alone")

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        found = [
            arn
            for arn, task in self.tasks.items()
            if task["desiredStatus"] == desired_status and service in (None, task["group"].partition(":")[2])
        ]
        self._called("ListTasks", pages(len(found), 100))
        return found

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeTasks", pages(len(tasks), 100))
        return [self.tasks[arn] for arn in tasks]

    def list_service_deployments(self, cluster: str, service: str) -> list[dict[str, Any]]:
        self._called("ListServiceDeployments")
        return [
            self._brief(service) | {"targetServiceRevisionArn": self._brief(service)["targetServiceRevision"]["arn"]}
        ]

    def _brief(self, service: str) -> dict[str, Any]:
        number = service.partition("-")[2]
        return {
            "serviceDeploymentArn": f"{ARN}:service-deployment/prod/{service}/{number}",
            "status": "IN_PROGRESS",
            "createdAt": self.clock.now(),
            "targetServiceRevision": {"arn": f"{ARN}:service-revision/prod/{service}/{number}"},
        }

    def describe_service_deployment(self, arn: str) -> dict[str, Any] | None:
        raise AssertionError("a fleet asks for service deployments in batches")

    def describe_service_deployments(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        assert len(arns) <= 20
        self._called("DescribeServiceDeployments")
        return [self._brief(arn.split("/")[2]) for arn in arns]

    def describe_service_revisions(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeServiceRevisions")
        return [{"serviceRevisionArn": arn, "taskDefinition": "web:2"} for arn in arns]

    def describe_task_definition(self, task_definition: str) -> dict[str, Any]:
        self._called("DescribeTaskDefinition")
        return {"taskDefinitionArn": task_definition, "containerDefinitions": [{"name": "app", "image": "shop:2"}]}

    def describe_target_groups(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeTargetGroups")
        return [{"TargetGroupArn": arn, "TargetGroupName": arn.split("/")[1]} for arn in arns]

    def describe_target_health(self, target_group_arn: str) -> list[dict[str, Any]]:
        self._called("DescribeTargetHealth")
        return []

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[dict[str, Any]]:
        self._called("GetLogEvents")
        return []


@pytest.fixture
def cluster(clock: Any) -> Cluster:
    cluster = Cluster(clock)
    for number in range(100):
        cluster.add(number, deploying=number < 20)
    return cluster


def test_a_hundred_services_of_which_twenty_deploy_cost_at_most_sixty_calls_a_pass(
    cluster: Cluster, clock: Any
) -> None:
    fleet = Fleet(cluster, "prod", clock)
    calls = []
    for _ in range(20):
        look = fleet.look()
        calls.append(look.api_calls)
        assert (look.services, len(look.looks)) == (100, 20)
        clock.advance(fleet.interval)
    assert max(calls) <= 60, calls
    assert max(calls[5:]) <= 50, calls  # once what does not change is known


def test_what_the_budget_left_out_is_read_in_a_later_pass_and_a_gap_until_then(cluster: Cluster, clock: Any) -> None:
    fleet = Fleet(cluster, "prod", clock)
    first = [gap for _, look in fleet.look().looks for gap in look.gaps]
    assert any("left for a later look: 60 calls were made" in gap.why for gap in first)
    for _ in range(8):
        last = fleet.look()
    assert [gap for _, look in last.looks for gap in look.gaps] == []
    assert all(look.evidence.task_definition and look.evidence.service_deployment for _, look in last.looks)


@pytest.fixture
def large(clock: Any) -> Cluster:
    cluster = Cluster(clock, tasks_each=1)
    for number in range(500):
        cluster.add(number, deploying=number % 10 == 0)
    return cluster


@pytest.mark.parametrize("at_once", [1, 8])
def test_in_a_cluster_of_500_all_fifty_that_fail_are_named_within_two_passes_of_their_end(
    large: Cluster, clock: Any, at_once: int
) -> None:
    fleet = Fleet(large, "prod", clock, at_once=at_once)
    for _ in range(3):
        assert len(fleet.look().looks) == 50
        clock.advance(fleet.interval)
    for number in range(0, 500, 10):
        large.fail(number)
    for _ in range(2):
        look = fleet.look()
        clock.advance(fleet.interval)
    assert [each.diagnosis.root_cause for _, each in look.looks] == ["image-not-found"] * 50


def test_the_first_pass_finds_what_deploys_of_500_and_the_next_ones_read_a_hundred_of_the_others(
    large: Cluster, clock: Any
) -> None:
    fleet = Fleet(large, "prod", clock)
    assert len(fleet.look().looks) == 50
    assert large.api_calls["DescribeServices"] == 50
    for _ in range(5):
        large.api_calls.clear()
        fleet.look()
        assert large.api_calls["DescribeServices"] == 5 + 10
        assert large.api_calls.total() <= 60
        assert large.api_calls["ListTasks"] <= 7


def test_a_task_tells_of_its_deployment_before_the_turn_of_its_service_comes(large: Cluster, clock: Any) -> None:
    fleet = Fleet(large, "prod", clock)
    fleet.look()
    large.add(499, deploying=True)  # the services 1 to 111 are read in the next pass, 499 in the last of them
    large.services["web-499"]["deployments"][0]["id"] = "ecs-svc/900"
    large.tasks[f"{ARN}:task/prod/{'9' * 32}"] = {
        "taskArn": f"{ARN}:task/prod/{'9' * 32}",
        "group": "service:web-499",
        "startedBy": "ecs-svc/900",
        "lastStatus": "PROVISIONING",
        "desiredStatus": "RUNNING",
        "containers": [],
    }
    assert "web-499" in {name for name, _ in fleet.look().looks}


def test_what_deploys_without_a_task_is_found_once_all_have_had_their_turn(large: Cluster, clock: Any) -> None:
    fleet = Fleet(large, "prod", clock)
    fleet.look()
    large.services["web-499"]["deployments"][0] |= {"id": "ecs-svc/900", "rolloutState": "IN_PROGRESS"}
    found = ["web-499" in {name for name, _ in fleet.look().looks} for _ in range(5)]
    assert found[-1]


def test_where_nothing_deploys_any_more_all_services_are_read_before_that_is_said(large: Cluster, clock: Any) -> None:
    fleet = Fleet(large, "prod", clock)
    fleet.look()
    for service in large.services.values():
        service["deployments"][0]["rolloutState"] = "FAILED"
    fleet.look()
    large.api_calls.clear()
    assert fleet.look().looks == ()
    assert large.api_calls["DescribeServices"] == 50


def test_what_fails_is_looked_at_before_what_does_not_and_before_what_is_named(cluster: Cluster, clock: Any) -> None:
    fleet = Fleet(cluster, "prod", clock)
    for _ in range(8):
        fleet.look()
    cluster.fail(17)
    assert next(name for name, _ in fleet.look().looks) == "web-17"
    cluster.fail(3)
    assert next(name for name, _ in fleet.look().looks) == "web-3"


def test_a_pass_that_took_few_calls_is_followed_sooner(clock: Any) -> None:
    small, intervals = Cluster(clock), []
    small.add(0, deploying=True)
    fleet = Fleet(small, "prod", clock)
    for _ in range(3):
        fleet.look()
        intervals.append(fleet.interval)
    assert intervals == [2.0] * 3


def test_a_target_group_that_is_gone_costs_the_others_nothing(cluster: Cluster, clock: Any) -> None:
    gone = cluster.services["web-5"]["loadBalancers"][0]["targetGroupArn"]
    asked = cluster.describe_target_groups

    def refuse(arns: Sequence[str]) -> list[dict[str, Any]]:
        if gone in arns:
            cluster._called("DescribeTargetGroups")
            raise ReadError(Answer("DescribeTargetGroups", "TargetGroupNotFound", "gone"))
        return asked(arns)

    cluster.describe_target_groups = refuse  # type: ignore[method-assign]
    fleet = Fleet(cluster, "prod", clock)
    for _ in range(9):
        looks = dict(fleet.look().looks)
    assert any("TargetGroupNotFound" in gap.why for gap in looks["web-5"].gaps)
    assert [gap for name, look in looks.items() if name != "web-5" for gap in look.gaps] == []


def test_the_one_that_fails_is_doomed_and_the_others_are_not(cluster: Cluster, clock: Any) -> None:
    fleet = Fleet(cluster, "prod", clock)
    fleet.look()
    cluster.fail(7)
    for _ in range(8):
        look = fleet.look()
    states = {name: each.state for name, each in look.looks}
    assert {name for name, state in states.items() if state is WatchState.DOOMED} == {"web-7"}
    assert look.deploying


def test_a_deployment_that_ended_is_looked_at_once_more_and_then_left(cluster: Cluster, clock: Any) -> None:
    fleet = Fleet(cluster, "prod", clock, services=["web-0"])
    assert fleet.look().deploying
    cluster.services["web-0"]["deployments"][0]["rolloutState"] = "FAILED"
    assert [look.state for _, look in fleet.look().looks] == [WatchState.FAILED]
    assert fleet.look().looks == ()


def test_a_deployment_that_begins_later_is_found(cluster: Cluster, clock: Any) -> None:
    fleet = Fleet(cluster, "prod", clock, services=["web-50"])
    assert fleet.look().looks == ()
    cluster.services["web-50"]["deployments"][0] |= {"id": "ecs-svc/500", "rolloutState": "IN_PROGRESS"}
    assert [look.deployment_id for _, look in fleet.look().looks] == ["ecs-svc/500"]


def test_services_that_come_later_are_found_within_a_minute_and_listed_no_more_often(
    cluster: Cluster, clock: Any
) -> None:
    fleet = Fleet(cluster, "prod", clock)
    fleet.look()
    cluster.add(100, deploying=True)
    assert len(fleet.look().looks) == 20
    clock.advance(timedelta(minutes=1).total_seconds())
    assert len(fleet.look().looks) == 21
    assert cluster.api_calls["ListServices"] == 1 + 2


def test_in_a_cluster_of_many_tasks_those_of_the_deploying_services_alone_are_listed(clock: Any) -> None:
    cluster = Cluster(clock, tasks_each=200)
    for number in range(30):
        cluster.add(number, deploying=number == 0)
    fleet = Fleet(cluster, "prod", clock)
    fleet.look()
    assert cluster.api_calls["ListTasks"] == 2 + 1
    assert cluster.api_calls["DescribeTasks"] == 2


@pytest.mark.parametrize("operation", ["DescribeServices", "ListServices", "ListTasks", "DescribeTasks"])
def test_a_refusal_is_a_gap_and_never_an_error(cluster: Cluster, clock: Any, operation: str) -> None:
    cluster.refused[operation] = "ThrottlingException"
    fleet = Fleet(cluster, "prod", clock)
    look = fleet.look()
    gaps = [*look.gaps, *(gap for _, each in look.looks for gap in each.gaps)]
    assert any("ThrottlingException" in gap.why for gap in gaps)
    cluster.refused.clear()
    assert len(fleet.look().looks) == 20
