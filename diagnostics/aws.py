"""The one module of the diagnosis that talks to AWS: reads only, each counted."""

from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from diagnostics.reads import Answer, ReadError, SessionSettings, Shape

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sts import STSClient

TASKS_PER_CALL = 100
"""Tasks that one DescribeTasks takes, and ARNs on one page of ListTasks (ECS API reference)."""

_READS = ("describe_", "list_", "get_")

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    # A look is repeated within seconds, so a call gives up early and becomes a gap instead of hanging the watch.
    retries={"mode": "standard", "total_max_attempts": 3},
)


class Reader:
    """Reads one account and region. Clients are made when first needed; it is not for several threads at once."""

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        self.api_calls: Counter[str] = Counter()

    def describe_service(self, cluster: str, service: str) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where ECS answers MISSING."""
        answer = self._call(lambda: self._ecs, "describe_services", cluster=cluster, services=[service])
        return cast("Shape | None", next(iter(answer["services"]), None))

    def list_tasks(self, cluster: str, service: str, desired_status: str) -> list[str]:
        """Return the ARNs of a service's tasks whose desired status is `RUNNING` or `STOPPED`, all pages."""
        arns: list[str] = []
        page: dict[str, str] = {}
        while True:
            answer = self._call(
                lambda: self._ecs,
                "list_tasks",
                cluster=cluster,
                serviceName=service,
                desiredStatus=desired_status,
                **page,
            )
            arns += answer["taskArns"]
            if not answer.get("nextToken"):
                return arns
            page = {"nextToken": answer["nextToken"]}

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> list[Shape]:
        """Return the tasks, asked for in batches of 100; those that ECS forgot are left out."""
        described: list[Shape] = []
        for start in range(0, len(tasks), TASKS_PER_CALL):
            batch = list(tasks[start : start + TASKS_PER_CALL])
            described += self._call(lambda: self._ecs, "describe_tasks", cluster=cluster, tasks=batch)["tasks"]
        return described

    def list_service_deployments(self, cluster: str, service: str) -> list[Shape]:
        """Return the newest 100 `ServiceDeploymentBrief`s of a service, newest first."""
        answer = self._call(
            lambda: self._ecs, "list_service_deployments", cluster=cluster, service=service, maxResults=100
        )
        return sorted(answer["serviceDeployments"], key=lambda brief: brief["createdAt"], reverse=True)

    def describe_service_deployment(self, arn: str) -> Shape | None:
        """Return one element of `DescribeServiceDeployments.serviceDeployments`."""
        answer = self._call(lambda: self._ecs, "describe_service_deployments", serviceDeploymentArns=[arn])
        return cast("Shape | None", next(iter(answer["serviceDeployments"]), None))

    def describe_service_revisions(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceRevisions.serviceRevisions`, for at most 20 ARNs."""
        answer = self._call(lambda: self._ecs, "describe_service_revisions", serviceRevisionArns=list(arns))
        return cast("list[Shape]", answer["serviceRevisions"])

    def describe_task_definition(self, task_definition: str) -> Shape:
        """Return `DescribeTaskDefinition.taskDefinition`."""
        answer = self._call(lambda: self._ecs, "describe_task_definition", taskDefinition=task_definition)
        return cast("Shape", answer["taskDefinition"])

    def describe_target_groups(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeTargetGroups.TargetGroups`."""
        answer = self._call(lambda: self._elb, "describe_target_groups", TargetGroupArns=list(arns))
        return cast("list[Shape]", answer["TargetGroups"])

    def describe_target_health(self, target_group_arn: str) -> list[Shape]:
        """Return `DescribeTargetHealth.TargetHealthDescriptions`."""
        answer = self._call(lambda: self._elb, "describe_target_health", TargetGroupArn=target_group_arn)
        return cast("list[Shape]", answer["TargetHealthDescriptions"])

    def get_log_events(self, group: str, stream: str, limit: int, region: str | None = None) -> list[Shape]:
        """Return the last `limit` events of a log stream, oldest first; `region` where the log group is elsewhere."""
        answer = self._call(
            lambda: self._logs(region),
            "get_log_events",
            logGroupName=group,
            logStreamName=stream,
            limit=limit,
            startFromHead=False,
        )
        return cast("list[Shape]", answer["events"])

    def ask(self, service: str, method: str, /, **arguments: Any) -> Shape:
        """Return the answer to one read of any service, by boto3's names: `ask("ecr", "describe_repositories")`.

        Raises:
            ValueError: it is not a read.
            ReadError: the API refused, or could not be asked.
        """
        if not method.startswith(_READS):
            raise ValueError(f"{method} is not a read")
        answer = self._call(lambda: self._client(service), method, **arguments)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _call(self, client: Any, method: str, **arguments: Any) -> Any:
        """Call one operation of a (lazily made) client, count it, and turn what goes wrong into a `ReadError`."""
        operation = "".join(word.capitalize() for word in method.split("_"))
        self.api_calls[operation] += 1
        try:
            return getattr(client(), method)(**arguments)
        except ClientError as refused:
            error = refused.response.get("Error", {})
            answer = Answer(refused.operation_name, error.get("Code", ""), error.get("Message", str(refused)))
            raise ReadError(answer) from refused
        except BotoCoreError as failed:  # no credentials, no route, a wrong parameter
            raise ReadError(Answer(operation, type(failed).__name__, str(failed))) from failed

    @cached_property
    def session(self) -> boto3.Session:
        """The session that the clients are made from, of the assumed role where one is named."""
        session = boto3.Session(profile_name=self.settings.profile, region_name=self.settings.region)
        if self.settings.role_arn is None:
            return session
        sts: STSClient = session.client("sts", endpoint_url=self.settings.endpoint_url, config=_CONFIG)
        self.api_calls["AssumeRole"] += 1
        given = sts.assume_role(RoleArn=self.settings.role_arn, RoleSessionName="failwell-watch")["Credentials"]
        return boto3.Session(
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            region_name=session.region_name,
        )

    @cached_property
    def _ecs(self) -> "ECSClient":
        return self.session.client("ecs", endpoint_url=self.settings.endpoint_url, config=_CONFIG)

    @cached_property
    def _elb(self) -> "ElasticLoadBalancingv2Client":
        return self.session.client("elbv2", endpoint_url=self.settings.endpoint_url, config=_CONFIG)

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            make: Any = self.session.client  # typed by the service's name, which is known here only when it runs
            self._clients[service] = make(service, endpoint_url=self.settings.endpoint_url, config=_CONFIG)
        return self._clients[service]

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}

    @cached_property
    def _logs_clients(self) -> "dict[str | None, CloudWatchLogsClient]":
        return {}

    def _logs(self, region: str | None) -> "CloudWatchLogsClient":
        if region not in self._logs_clients:
            self._logs_clients[region] = self.session.client(
                "logs", region_name=region, endpoint_url=self.settings.endpoint_url, config=_CONFIG
            )
        return self._logs_clients[region]
