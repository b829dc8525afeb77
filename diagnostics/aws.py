"""The one module of the diagnosis that talks to AWS: reads only, each counted."""

import os
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.httpsession import URLLib3Session
from botocore.response import StreamingBody
from botocore.utils import get_environ_proxies

from diagnostics.answers import hold
from diagnostics.aws_session import open_session, verify_account
from diagnostics.aws_surroundings import SurroundingsReader
from diagnostics.clock import ServerClock, listen
from diagnostics.reads import Answer, ReadError, SessionSettings, Shape

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient

SERVICES_PER_CALL = 10
"""Services that one DescribeServices takes (ECS API reference)."""
TASKS_PER_CALL = 100
"""Tasks that one DescribeTasks takes, and ARNs on one page of ListTasks (ECS API reference)."""

_READS = ("describe_", "list_", "get_", "batch_get_")

_OF_A_LOOK = ("ecs", "logs", "elbv2")
_OF_AN_EXPLANATION = ("iam", "ecr", "secretsmanager", "ssm", "elbv2", "cloudwatch", "ec2")

_CONFIG = Config(
    connect_timeout=5,
    read_timeout=10,
    # A look is repeated within seconds, so a call gives up early and becomes a gap instead of hanging the watch.
    retries={"mode": "standard", "total_max_attempts": 3},
)
_BRIEFLY = Config(
    connect_timeout=2,
    read_timeout=4,
    # What only explains must not keep the watch from looking: at most about ten seconds, then it is a gap.
    retries={"mode": "standard", "total_max_attempts": 2},
)


_CONNECTED_IN, _READ_IN = 2, 4
"""Seconds, as with `_BRIEFLY`."""
_HTTP_OK = 200
_LOCAL = ("127.0.0.1", "localhost", "::1")
_CA_BUNDLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE")
"""As botocore's own clients have them."""

_NEVER = datetime.min.replace(tzinfo=UTC)


def _created(brief: Shape) -> datetime:
    created: datetime = brief.get("createdAt", _NEVER)
    return created


class Reader:
    """Reads one account and region; safe for several threads at once. Clients are made when first needed.

    Args:
        settings: where, and as whom.
        clock: is set by what AWS answers to whatever the session is used for.
    """

    def __init__(self, settings: SessionSettings, clock: ServerClock | None = None) -> None:
        self.settings = settings
        self._clock = clock
        self.api_calls: Counter[str] = Counter()
        self._counting = Lock()
        self._lock = threading.RLock()  # clients may be shared by threads; the session that makes them may not
        self.unverified: Answer | None = None
        """Why nobody knows whether the caller is of the service's account, where that was to be known."""
        self._opening = Lock()
        self._refused: ReadError | None = None

    def describe_service(self, cluster: str, service: str) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where ECS answers MISSING."""
        return next(iter(self.describe_services(cluster, [service])), None)

    def describe_services(self, cluster: str, services: Sequence[str]) -> list[Shape]:
        """Return `DescribeServices.services`, asked for in batches of 10; those that are MISSING are left out."""
        described: list[Shape] = []
        for start in range(0, len(services), SERVICES_PER_CALL):
            batch = list(services[start : start + SERVICES_PER_CALL])
            described += self._call(lambda: self._ecs, "describe_services", cluster=cluster, services=batch)["services"]
        return described

    def list_services(self, cluster: str) -> list[str]:
        """Return the ARNs of a cluster's services, all pages."""
        return self._listed("list_services", "serviceArns", cluster=cluster, maxResults=100)

    def list_tasks(self, cluster: str, service: str | None, desired_status: str) -> list[str]:
        """Return the ARNs of a service's tasks whose desired status is `RUNNING` or `STOPPED`, all pages.

        Without a service those of the whole cluster.
        """
        of_service = {"serviceName": service} if service else {}
        return self._listed("list_tasks", "taskArns", cluster=cluster, desiredStatus=desired_status, **of_service)

    def _listed(self, method: str, key: str, **arguments: Any) -> list[str]:
        arns: list[str] = []
        page: dict[str, str] = {}
        while True:
            answer = self._call(lambda: self._ecs, method, **arguments, **page)
            arns += answer[key]
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
        return sorted(answer["serviceDeployments"], key=_created, reverse=True)

    def describe_service_deployment(self, arn: str) -> Shape | None:
        """Return one element of `DescribeServiceDeployments.serviceDeployments`."""
        return next(iter(self.describe_service_deployments([arn])), None)

    def describe_service_deployments(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeServiceDeployments.serviceDeployments`, for at most 20 ARNs."""
        answer = self._call(lambda: self._ecs, "describe_service_deployments", serviceDeploymentArns=list(arns))
        return cast("list[Shape]", answer["serviceDeployments"])

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

    @cached_property
    def surroundings(self) -> SurroundingsReader:
        """The reads of what stands around a deployment; their calls are counted here too."""
        return SurroundingsReader(self.ask)

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        """Return the answer to one read of any service, by boto3's names: `ask("ecs", "describe_tasks")`.

        It only explains or audits, so it may take less time than the reads that the watch lives on.

        Raises:
            ValueError: it is not a read.
            ReadError: the API refused, or could not be asked.
        """
        if not method.startswith(_READS):
            raise ValueError(f"{method} is not a read")
        answer = self._call(lambda: self._client(service, region, _BRIEFLY), method, **arguments)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def prepare(self, services: Sequence[str]) -> None:
        """Make the clients that `ask` uses of these services now: reading their models takes longer than most calls.

        And the one that looks at services, which whoever asks of them needs first.
        """
        self._client("ecs")
        for service in services:
            self._client(service, None, _BRIEFLY)

    def prepare_looks(self) -> None:
        """Make the clients of what a look may read, those of a failure's first words first."""
        for service in _OF_A_LOOK:
            self._client(service)
        self.prepare(_OF_AN_EXPLANATION)

    def _call(self, client: Any, method: str, **arguments: Any) -> Any:
        """Call one operation of a (lazily made) client, count it, and turn what goes wrong into a `ReadError`."""
        operation = "".join(word.capitalize() for word in method.split("_"))
        with self._counting:
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
        """The session that the clients are made from, of the right account as far as STS could be asked.

        Raises:
            ReadError: the caller is of another account than those that the settings name.
        """
        with self._opening:
            if self._refused:
                raise self._refused
            session = open_session(self.settings, self.api_calls)
            session.events.register("after-call", hold)
            if self._clock:
                listen(session.events, self._clock)
            if self.settings.accounts:
                try:
                    self.unverified = verify_account(session, self.settings, self.api_calls)
                except ReadError as other_account:
                    self._refused = other_account
                    raise
            return session

    @cached_property
    def _ecs(self) -> "ECSClient":
        return cast("ECSClient", self._client("ecs"))

    @cached_property
    def _elb(self) -> "ElasticLoadBalancingv2Client":
        return cast("ElasticLoadBalancingv2Client", self._client("elbv2"))

    def _logs(self, region: str | None) -> "CloudWatchLogsClient":
        return cast("CloudWatchLogsClient", self._client("logs", region))

    @cached_property
    def _clients(self) -> dict[tuple[str, str | None, bool], Any]:
        return {}

    def _client(self, service: str, region: str | None = None, config: Config = _CONFIG) -> Any:
        region = None if region == self.settings.region else region
        key = service, region, config is _CONFIG
        if made := self._clients.get(key):
            return made  # whoever has a client does not wait until another one is made
        with self._lock:
            if key not in self._clients:
                make: Any = self.session.client
                self._clients[key] = make(
                    service, region_name=region, endpoint_url=self.settings.endpoint_of(service), config=config
                )
            return self._clients[key]


def download(url: str, limit: int) -> bytes:
    """Return what is behind an address that AWS gave out, such as a signed one of S3.

    Errors name its host alone: whoever has the whole of it may read what it is for. Redirects are not followed.

    Raises:
        ReadError: it could not be read, is longer than `limit` bytes, or the address is neither HTTPS nor of this
            machine.
    """
    address = urlsplit(url)
    operation = f"GET from {address.hostname}"
    if address.scheme != "https" and (address.scheme != "http" or address.hostname not in _LOCAL):
        raise ReadError(Answer(operation, "NotHttps", "the address is not one of HTTPS"))
    bundle = next((os.environ[name] for name in _CA_BUNDLES if os.environ.get(name)), True)
    make: Any = URLLib3Session  # its stubs know neither a bundle's path nor two time-outs
    session = make(verify=bundle, proxies=get_environ_proxies(url), timeout=(_CONNECTED_IN, _READ_IN))
    try:
        response = session.send(AWSRequest("GET", url, stream_output=True).prepare())
        with closing(response.raw):
            if response.status_code != _HTTP_OK:
                raise ReadError(Answer(operation, str(response.status_code), "the address was not answered with 200"))
            body: bytes = StreamingBody(response.raw, cast("Any", None)).read(limit + 1)  # of unknown length
    except BotoCoreError as failed:
        raise ReadError(Answer(operation, type(failed).__name__, "the address was not read")) from failed
    finally:
        session.close()
    if len(body) > limit:
        raise ReadError(Answer(operation, "TooLong", f"it is longer than {limit} bytes"))
    return body
