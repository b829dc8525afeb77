"""A region's ECS in shapes as boto3 returns them, with any number of services, each call counted; and its events."""

# ruff: noqa: ARG002 - the fake answers whoever asks, with the signatures of `FleetReads`

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from diagnostics.reads import Answer, ReadError
from tests.alerts.chain import at
from tests.diagnostics.conftest import SteppedClock

ECS = "arn:aws:ecs:eu-west-1:123456789012"
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
SUBNET = "subnet-0123456789abcdef0"
FULL = (
    f"Unexpected EC2 error while attempting to Create Network Interface in subnet '{SUBNET}': "
    "InsufficientFreeAddressesInSubnet"
)
CRASHED = "Essential container in task exited"


def missing(number: int) -> str:
    image = f"registry.example.com/web-{number}:2"
    retried = "CannotPullContainerError: pull image manifest has been retried 7 time(s)"
    return f"{retried}: failed to resolve ref {image}: {image}: not found"


@dataclass
class Region:
    """Services `web-N` of the cluster `prod`, each with a revision that serves and a newer one that is deployed."""

    clock: SteppedClock
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    rollouts: dict[str, dict[str, Any]] = field(default_factory=dict)
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    api_calls: Counter[str] = field(default_factory=Counter)
    at_call: Callable[[str], None] = lambda _: None
    _ids: Iterator[int] = field(default_factory=lambda: iter(range(1, 10**9)))

    # What happens

    def add(self, number: int) -> None:
        name, began = f"web-{number}", self.clock.now() - timedelta(seconds=90)
        self.services[name] = {
            "serviceName": name,
            "serviceArn": f"{ECS}:service/prod/{name}",
            "clusterArn": f"{ECS}:cluster/prod",
            "status": "ACTIVE",
            "desiredCount": 1,
            "runningCount": 1,
            "pendingCount": 0,
            "deployments": [
                self._deployment(number, 2, "PRIMARY", "IN_PROGRESS", began),
                self._deployment(number, 1, "ACTIVE", "COMPLETED", began - timedelta(days=1)),
            ],
            "events": [],
            "loadBalancers": [],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [SUBNET]}},
        }
        self.rollouts[name] = {
            "serviceDeploymentArn": f"{ECS}:service-deployment/prod/{name}/two",
            "status": "IN_PROGRESS",
            "createdAt": began,
            "targetServiceRevision": {"arn": f"{ECS}:service-revision/prod/{name}/{number}2"},
            "sourceServiceRevisions": [{"arn": f"{ECS}:service-revision/prod/{name}/{number}1"}],
        }
        self.start(number, 1, minutes=1440)

    def _deployment(self, number: int, revision: int, status: str, state: str, began: datetime) -> dict[str, Any]:
        return {
            "id": f"ecs-svc/{number}{revision}",
            "status": status,
            "rolloutState": state,
            "rolloutStateReason": "",
            "taskDefinition": f"{ECS}:task-definition/web-{number}:{revision}",
            "desiredCount": 1,
            "runningCount": 1 if state == "COMPLETED" else 0,
            "pendingCount": 0,
            "createdAt": began,
        }

    def start(self, number: int, revision: int, minutes: float = 1) -> dict[str, Any]:
        arn = f"{ECS}:task/prod/{next(self._ids):032x}"
        began = self.clock.now() - timedelta(minutes=minutes)
        self.tasks[arn] = {
            "taskArn": arn,
            "clusterArn": f"{ECS}:cluster/prod",
            "taskDefinitionArn": f"{ECS}:task-definition/web-{number}:{revision}",
            "group": f"service:web-{number}",
            "startedBy": f"ecs-svc/{number}{revision}",
            "lastStatus": "RUNNING",
            "desiredStatus": "RUNNING",
            "createdAt": began,
            "startedAt": began + timedelta(seconds=20),
            "containers": [{"name": "app", "lastStatus": "RUNNING"}],
        }
        return self.tasks[arn]

    def die(self, number: int, reason: str, code: str = "TaskFailedToStart", revision: int = 2) -> str:
        """Have a task of a revision stop, and return the event of it."""
        task = self.start(number, revision)
        if code == "TaskFailedToStart":
            del task["startedAt"]
        else:
            task["containers"][0] |= {"exitCode": 1}
        task |= {
            "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED",
            "stopCode": code,
            "stoppedReason": reason,
            "stoppingAt": self.clock.now(),
            "stoppedAt": self.clock.now(),
        }
        return self.task_event(task)

    def fail(self, number: int) -> str:
        """Have ECS give the deployment up, and return the event of it."""
        self._newest(number)["rolloutState"] = "FAILED"
        self.rollouts[f"web-{number}"]["status"] = "ROLLBACK_IN_PROGRESS"
        return self.deployment_event(number, 2, "FAILED", "ECS deployment circuit breaker: task failed to start.")

    def roll_back(self, number: int) -> str:
        """Have the previous revision be the PRIMARY one again, and return the event of that."""
        service = self.services[f"web-{number}"]
        service["deployments"] = [
            self._deployment(number, 1, "PRIMARY", "COMPLETED", self.clock.now() - timedelta(days=1))
        ]
        self.rollouts[f"web-{number}"] |= {
            "status": "ROLLBACK_SUCCESSFUL",
            "rollback": {"serviceRevisionArn": f"{ECS}:service-revision/prod/web-{number}/{number}1"},
        }
        return self.deployment_event(number, 1, "COMPLETED", f"ECS deployment ecs-svc/{number}1 completed.")

    def complete(self, number: int, revision: int = 3) -> str:
        """Have a revision be deployed and serve, and return the event of it."""
        service = self.services[f"web-{number}"]
        service["deployments"] = [self._deployment(number, revision, "PRIMARY", "COMPLETED", self.clock.now())]
        self.start(number, revision)
        return self.deployment_event(number, revision, "COMPLETED", "completed.")

    def _newest(self, number: int) -> dict[str, Any]:
        return dict.__getitem__(self.services[f"web-{number}"], "deployments")[0]  # type: ignore[no-any-return]

    # Events

    def event(self, kind: str, resource: str, detail: dict[str, Any]) -> str:
        document = {
            "version": "0",
            "id": f"event-{next(self._ids)}",
            "detail-type": kind,
            "source": "aws.ecs",
            "account": "123456789012",
            "time": at(self.clock.now()),
            "region": "eu-west-1",
            "resources": [resource],
            "detail": detail,
        }
        return json.dumps(document)

    def task_event(self, task: dict[str, Any]) -> str:
        detail = {key: at(value) if isinstance(value, datetime) else value for key, value in task.items()}
        return self.event("ECS Task State Change", task["taskArn"], detail)

    def deployment_event(self, number: int, revision: int, name: str, reason: str) -> str:
        detail = {
            "eventType": "ERROR" if name == "FAILED" else "INFO",
            "eventName": f"SERVICE_DEPLOYMENT_{name}",
            "deploymentId": f"ecs-svc/{number}{revision}",
            "updatedAt": at(self.clock.now()),
            "reason": reason,
        }
        return self.event("ECS Deployment State Change", f"{ECS}:service/prod/web-{number}", detail)

    def action_event(self, number: int, level: str, name: str, reason: str = "") -> str:
        detail = {
            "eventType": level,
            "eventName": name,
            "clusterArn": f"{ECS}:cluster/prod",
            "createdAt": at(self.clock.now()),
            **({"reason": reason} if reason else {}),
        }
        return self.event("ECS Service Action", f"{ECS}:service/prod/web-{number}", detail)

    # Reads

    def _called(self, operation: str, times: int = 1) -> None:
        self.at_call(operation)
        self.api_calls[operation] += times
        if code := self.refused.get(operation):
            raise ReadError(Answer(operation, code, "no"))

    @property
    def surroundings(self) -> Any:
        return _Nothing(self._called)

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> dict[str, Any]:
        assert (service, method) == ("ecs", "list_tags_for_resource")
        self._called("ListTagsForResource")
        value = self.tags.get(arguments["resourceArn"].rpartition("/")[2])
        return {"tags": [{"key": "environment", "value": value}] if value else []}

    def list_services(self, cluster: str) -> list[str]:
        self._called("ListServices", max(1, -(-len(self.services) // 100)))
        return [each["serviceArn"] for each in self.services.values()]

    def describe_services(self, cluster: str, services: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeServices", max(1, -(-len(services) // 10)))
        return [self.services[name] for name in services if name in self.services]

    def describe_service(self, cluster: str, service: str) -> dict[str, Any] | None:
        raise AssertionError("services are described in batches")

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        self._called("ListTasks")
        return [
            arn
            for arn, task in self.tasks.items()
            if task["desiredStatus"] == desired_status and task["group"] == f"service:{service}"
        ]

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeTasks", max(1, -(-len(tasks) // 100)))
        return [self.tasks[arn] for arn in tasks if arn in self.tasks]

    def list_service_deployments(self, cluster: str, service: str) -> list[dict[str, Any]]:
        self._called("ListServiceDeployments")
        rollout = self.rollouts[service]
        return [rollout | {"targetServiceRevisionArn": rollout["targetServiceRevision"]["arn"]}]

    def describe_service_deployment(self, arn: str) -> dict[str, Any] | None:
        raise AssertionError("service deployments are described in batches")

    def describe_service_deployments(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        assert len(arns) <= 20
        self._called("DescribeServiceDeployments")
        return [self.rollouts[arn.split("/")[2]] for arn in arns]

    def describe_service_revisions(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        self._called("DescribeServiceRevisions")
        return [
            {"serviceRevisionArn": arn, "taskDefinition": f"{ECS}:task-definition/{arn.split('/')[2]}:{arn[-1]}"}
            for arn in arns
        ]

    def describe_task_definition(self, task_definition: str) -> dict[str, Any]:
        self._called("DescribeTaskDefinition")
        name = task_definition.rpartition("/")[2].replace(":", ":")
        options = {"awslogs-group": "/web", "awslogs-stream-prefix": "web", "awslogs-region": "eu-west-1"}
        return {
            "taskDefinitionArn": task_definition,
            "registeredBy": "arn:aws:sts::123456789012:assumed-role/deployer/release-42",
            "containerDefinitions": [
                {
                    "name": "app",
                    "image": f"registry.example.com/{name}",
                    "essential": True,
                    "environment": [{"name": "DB_PASSWORD", "value": "hunter2-hunter2"}],
                    "logConfiguration": {"logDriver": "awslogs", "options": options},
                }
            ],
        }

    def describe_target_groups(self, arns: Sequence[str]) -> list[dict[str, Any]]:
        return []

    def describe_target_health(self, target_group_arn: str) -> list[dict[str, Any]]:
        return []

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[dict[str, Any]]:
        self._called("GetLogEvents")
        lines = self.logs.get(stream.rpartition("/")[2], [])
        stamp = int(self.clock.now().timestamp() * 1000)
        return [{"timestamp": stamp, "message": line} for line in lines]


class _Nothing:
    """What stands around a deployment, of which nothing can be read."""

    def __init__(self, called: Callable[[str], None]) -> None:
        self._called = called

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(*_: Any) -> Any:
            operation = "".join(word.capitalize() for word in name.split("_"))
            self._called(operation)
            raise ReadError(Answer(operation, "AccessDeniedException", "no"))

        return refuse
