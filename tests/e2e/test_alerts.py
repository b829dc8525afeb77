"""The explainer deployed and at work: the very zip, behind EventBridge and SQS, with IAM enforced, to one message."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from alerts.sample import sample_entry
from sandbox import place, process
from sandbox.process import Sandbox
from tests.alerts.block_kit import breaches
from tests.e2e.conftest import ROOT, Checkout

pytestmark = pytest.mark.e2e

SPEED = 6
"""Slow enough for the function, whose own time is real, to be on time by ECS's clock."""
IN_TIME = 60
"""Seconds of ECS's clock after the event that says so."""


@dataclass
class Slack:
    """An incoming webhook on this machine: keeps what it is sent, and answers with `status`."""

    status: int = 200
    messages: list[dict[str, Any]] = field(default_factory=list)
    asked: int = 0
    url: str = ""


@pytest.fixture(scope="module")
def slack() -> Iterator[Slack]:
    """A webhook that answers."""
    kept = Slack()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept.asked += 1
            if kept.status == 200:
                kept.messages.append(json.loads(body))
            self.send_response(kept.status)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    kept.url = f"http://127.0.0.1:{server.server_port}/services/T0/B0/xyzzy"
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


class Account:
    """The sandbox as a client sees it, and the explainer in it."""

    def __init__(self, checkout: Checkout, slack: Slack) -> None:
        self.checkout = checkout
        self.project = checkout.directory / "alerts"
        self.project.mkdir()
        for name in ("Pulumi.yaml", "program"):
            (self.project / name).symlink_to(ROOT / "alerts" / name)
        checkout.deploy("sandbox", "start", "--project", str(checkout.directory), "--speed", str(SPEED))
        self._environment = checkout.environment()
        self.local = _sandbox(checkout.directory)
        self._defaults = self.local.defaults()
        self.cluster: str = self._defaults["cluster_arn"]
        self.secret = self.client("secretsmanager").create_secret(
            Name="team/webhook", SecretString=json.dumps({"url": slack.url, "format": "slack"})
        )["ARN"]

    def client(self, service: str) -> Any:
        """Return boto3's client of a service of the sandbox."""
        environment = self._environment
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )

    def alerts(self, command: str, *arguments: str) -> Any:
        """Run `alerts COMMAND --sandbox`."""
        return self.checkout.deploy("alerts", command, "--sandbox", "--project", str(self.project), *arguments)

    def service(self, name: str, image: str) -> None:
        """Make a service as any script would, of an image of the sandbox's registry, and look no further."""
        ecs, region = self.client("ecs"), self.local.region
        log_group = f"/ecs/{name}"
        self.client("logs").create_log_group(logGroupName=log_group)
        options = {"awslogs-group": log_group, "awslogs-region": region, "awslogs-stream-prefix": name}
        container = {
            "name": "app",
            "image": f"{self.local.account}.dkr.ecr.{region}.amazonaws.com/{image}",
            "essential": True,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
        }
        revision = ecs.register_task_definition(
            family=name,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=self._execution_role(),
            containerDefinitions=[container],
        )["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(
            cluster=self.cluster,
            serviceName=name,
            taskDefinition=revision,
            desiredCount=2,
            launchType="FARGATE",
            tags=[{"key": "Environment", "value": "production"}],
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}},
            networkConfiguration={"awsvpcConfiguration": {"subnets": self._defaults["subnet_ids"]}},
        )

    def _execution_role(self) -> str:
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = iam.create_role(RoleName="start-tasks", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        policy = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
        iam.attach_role_policy(RoleName="start-tasks", PolicyArn=policy)
        return str(role)

    def queue_url(self, name: str = "failwell-alerts") -> str:
        """Return the address of one of the explainer's queues."""
        return str(self.client("sqs").get_queue_url(QueueName=name)["QueueUrl"])

    def is_empty(self, name: str = "failwell-alerts") -> bool:
        """Tell whether a queue has no message, neither visible nor being handled."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client("sqs").get_queue_attributes(QueueUrl=self.queue_url(name), AttributeNames=names)
        return not any(int(each) for each in found["Attributes"].values())

    def stopped_tasks(self, name: str) -> list[dict[str, Any]]:
        """Return the tasks of a service that have stopped, the first one first."""
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=self.cluster, serviceName=name, desiredStatus="STOPPED")["taskArns"]
        tasks = ecs.describe_tasks(cluster=self.cluster, tasks=arns)["tasks"] if arns else []
        return sorted((each for each in tasks if each["lastStatus"] == "STOPPED"), key=lambda each: each["stoppedAt"])


def _sandbox(directory: Path) -> Sandbox:
    local = process.find(place.place_of(directory).directory)
    assert local is not None
    return local


def until(condition: Callable[[], Any], seconds: float) -> Any:
    """Return the condition's first true value, or its last one."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


@pytest.fixture(scope="module")
def account(checkout: Checkout, slack: Slack) -> Account:
    """A sandbox in which the explainer is deployed."""
    made = Account(checkout, slack)
    run = made.alerts("up", "--config", f"webhook_secret_arn={made.secret}")
    assert run.exit_code == 0, run
    assert "the explainer is deployed" in run.output
    return made


def test_a_sample_goes_through_the_whole_chain(account: Account, slack: Slack) -> None:
    run = account.alerts("test")
    assert run.exit_code == 0, run
    links = [line.split()[1] for line in run.errors.splitlines()]
    assert links == ["rule:", "event", "function:", "message:"]
    (message,) = slack.messages
    assert message["text"].startswith("[sample]")
    assert breaches(message) == []


def test_a_failing_deployment_is_one_message_that_says_why_before_the_breaker_acts(
    account: Account, slack: Slack
) -> None:
    slack.messages.clear()
    account.service("checkout", "shop:crash-on-start")
    assert until(lambda: slack.messages, seconds=180), "nobody was told"
    told = account.local.clock()[0]
    (message,) = slack.messages
    assert breaches(message) == []
    assert message["text"].startswith("production: checkout failed to deploy")
    text = json.dumps(message)
    assert "app-crash-exception" in text
    assert "TypeError: unsupported operand type(s)" in text
    # One crash may pass; when its event comes, the other task is already seen to die alike.
    stopped = account.stopped_tasks("checkout")[0]["stoppedAt"]
    assert (told - stopped).total_seconds() < IN_TIME
    services = account.client("ecs").describe_services(cluster=account.cluster, services=["checkout"])["services"]
    assert services[0]["deployments"][0]["rolloutState"] == "IN_PROGRESS"


def test_what_comes_twice_is_told_once(account: Account, slack: Slack) -> None:
    """SQS may deliver each event twice, and the other tasks of the deployment die too."""
    before = slack.asked
    task = account.stopped_tasks("checkout")[0]
    event = {
        "version": "0",
        "id": "duplicate",
        "source": "aws.ecs",
        "detail-type": "ECS Task State Change",
        "time": task["stoppedAt"].isoformat(),
        "resources": [task["taskArn"]],
        "detail": task,
    }
    body = json.dumps(event, default=lambda each: each.isoformat())
    for _ in range(3):
        account.client("sqs").send_message(QueueUrl=account.queue_url(), MessageBody=body)
    assert until(account.is_empty, seconds=180)
    assert slack.asked == before
    assert account.is_empty("failwell-alerts-dead-letters")


def test_a_disabled_mapping_is_named_as_the_place_where_the_sample_got_lost(account: Account) -> None:
    client = account.client("lambda")
    mapping = client.list_event_source_mappings()["EventSourceMappings"][0]["UUID"]
    client.update_event_source_mapping(UUID=mapping, Enabled=False)
    run = account.alerts("test", "--timeout", "20")
    client.update_event_source_mapping(UUID=mapping, Enabled=True)
    assert run.exit_code == 1, run
    assert "error: the sample got lost at the queue: the event source mapping is Disabl" in run.errors
    assert f"aws lambda update-event-source-mapping --uuid {mapping} --enabled" in run.errors


def test_what_no_webhook_takes_ends_as_a_dead_letter_and_the_alarm_rings(account: Account, slack: Slack) -> None:
    assert until(account.is_empty, seconds=180)  # the sample that waited for the mapping
    # A message comes again after minutes, and is a dead letter after five: none of these minutes is waited for.
    hidden = {"VisibilityTimeout": "10"}
    account.client("sqs").set_queue_attributes(QueueUrl=account.queue_url(), Attributes=hidden)
    slack.status = 500
    local = account.local
    entry = sample_entry("nobody-listens", local.account, local.region, local.clock()[0])
    account.client("events").put_events(Entries=[entry])
    cloudwatch = account.client("cloudwatch")

    def rings() -> bool:
        alarms = cloudwatch.describe_alarms(AlarmNames=["failwell-alerts/dead-letters"])["MetricAlarms"]
        return bool(alarms[0]["StateValue"] == "ALARM")

    assert until(rings, seconds=180), "the alarm is silent"
    slack.status = 200


def test_destroy_leaves_nothing(account: Account) -> None:
    run = account.alerts("destroy", "--yes")
    assert run.exit_code == 0, run
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("sqs").list_queues().get("QueueUrls", []) == []
    assert account.client("events").list_rules(NamePrefix="failwell-alerts")["Rules"] == []
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    assert groups == []
    roles = account.client("iam").list_roles()["Roles"]
    assert not [each for each in roles if each["RoleName"].startswith("failwell-alerts")]
