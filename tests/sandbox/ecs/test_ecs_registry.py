import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.clock import SteppedClock
from sandbox.ecs.expiry import expired
from sandbox.ecs.roles import Roles
from sandbox.simulation import Simulation
from sandbox.timings import Range, Timings

DAY = 86400
HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def push(world: Any, repository: str, tag: str) -> str:
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": f"sha256:{tag}", "size": 1}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [layer]}
    text = json.dumps(manifest | {"config": {"digest": f"sha256:{tag}", "size": 1}})
    answer = world.client("ecr").put_image(repositoryName=repository, imageManifest=text, imageTag=tag)
    digest: str = answer["image"]["imageId"]["imageDigest"]
    return digest


def test_a_digest_that_was_deleted_is_not_found(world: Any) -> None:
    world.client("ecr").create_repository(repositoryName="web")
    digest = push(world, "web", "one")
    world.client("ecr").batch_delete_image(repositoryName="web", imageIds=[{"imageDigest": digest}])
    world.create(world.register("good-1", {"image": f"{HOST}/web@{digest}"}))
    world.until(lambda: world.tasks("STOPPED"), within=300)
    assert world.tasks("STOPPED")[0]["stoppedReason"].endswith(f"{HOST}/web@{digest}: not found")


def test_an_image_that_its_repository_expires_cannot_be_started_again(world: Any) -> None:
    ecr = world.client("ecr")
    ecr.create_repository(repositoryName="web")
    for tag in ("one", "two"):
        push(world, "web", tag)
    world.create(world.register("good-1", {"image": f"{HOST}/web:one"}))
    world.until(world.completed, within=300)
    selection = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    ecr.put_lifecycle_policy(repositoryName="web", lifecyclePolicyText=json.dumps({"rules": [rule]}))
    world.step(DAY)
    assert [image["imageTags"] for image in ecr.describe_images(repositoryName="web")["imageDetails"]] == [["two"]]
    world.ecs.stop_task(cluster="main", task=world.tasks()[0]["taskArn"])
    world.until(lambda: any("not found." in message for message in world.messages()), within=600)


@dataclass
class Stored:
    """As moto keeps an image."""

    image_digest: str
    image_tags: list[str] = field(default_factory=list)


NOW = datetime(2030, 1, 31, tzinfo=UTC)
IMAGES = [Stored("a", ["prod-1"]), Stored("b", ["dev-1"]), Stored("c"), Stored("d", ["dev-2", "prod-2"])]
PUSHED = {name: NOW - timedelta(days=days) for name, days in {"a": 40, "b": 30, "c": 20, "d": 10}.items()}


def rule(priority: int, count: str, number: int, **selection: Any) -> dict[str, Any]:
    return {"rulePriority": priority, "selection": {"countType": count, "countNumber": number, **selection}}


@pytest.mark.parametrize(
    ("rules", "gone"),
    [
        ([], set()),
        ([rule(1, "imageCountMoreThan", 3, tagStatus="any")], {"a"}),
        ([rule(1, "sinceImagePushed", 25, tagStatus="any")], {"a", "b"}),
        ([rule(1, "sinceImagePushed", 5, tagStatus="untagged")], {"c"}),
        ([rule(1, "imageCountMoreThan", 1, tagStatus="tagged", tagPrefixList=["dev-"])], {"b"}),
        ([rule(1, "imageCountMoreThan", 0, tagStatus="tagged", tagPatternList=["*-1"])], {"a", "b"}),
        ([rule(1, "imageCountMoreThan", 0, tagStatus="tagged", tagPrefixList=["dev-", "prod-"])], {"d"}),
        (
            [
                rule(2, "imageCountMoreThan", 0, tagStatus="any"),
                rule(1, "imageCountMoreThan", 9, tagStatus="tagged", tagPrefixList=["prod-"]),
            ],
            {"b", "c"},
        ),
    ],
)
def test_a_lifecycle_policy_expires_what_its_rules_say(rules: list[Any], gone: set[str]) -> None:
    assert expired({"rules": rules}, IMAGES, PUSHED, NOW) == gone


OTHERS = {
    "down": "connect: connection refused",
    "unreachable": ":443: i/o timeout",
    "refusing-login": "docker.io/library/nginx:1.27: pull access denied, repository does not exist or may require",
    "limiting": "429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit.",
    "failing": "manifests/1.27: 503 Service Unavailable",
}


@pytest.mark.parametrize(("state", "said"), OTHERS.items())
def test_a_registry_outside_aws_answers_as_it_is(world: Any, state: str, said: str) -> None:
    world.world.hosts.set("registry-1.docker.io", state)
    world.create(world.register("", {"image": "nginx:1.27"}))
    world.until(lambda: world.tasks("STOPPED"), within=500)
    assert said in world.tasks("STOPPED")[0]["stoppedReason"]
    world.world.hosts.set("registry-1.docker.io", "up")
    world.until(world.completed, within=900)


def test_a_change_in_iam_reaches_tasks_late_and_what_was_there_before_at_once(world: Any) -> None:
    clock = SteppedClock(datetime(2030, 1, 1, tzinfo=UTC))
    simulation = Simulation(clock, 1)
    lag = Range(low=30, typical=30, high=30, source="the test")
    roles = Roles(simulation, Timings({"iam_propagation": lag}, simulation.seed))

    def step(seconds: float) -> None:
        clock.advance(seconds)
        simulation.advance()

    arn, account = "arn:aws:iam::123456789012:role/execution", "123456789012"
    old = roles.role(arn)
    assert old is not None
    world.allow({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})
    roles.note(account)
    step(29)
    assert roles.role(arn) == old
    step(2)
    assert roles.role(arn) != old
    world.client("iam").delete_role_policy(RoleName="execution", PolicyName="all")
    world.client("iam").delete_role(RoleName="execution")
    roles.note(account)
    step(29)
    assert roles.assumable(arn, account, "eu-west-1")
    step(2)
    assert not roles.assumable(arn, account, "eu-west-1")


def test_a_role_made_a_moment_ago_costs_a_service_its_first_attempt_at_most(world: Any) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    world.client("iam").create_role(RoleName="new", AssumeRolePolicyDocument=document)
    arn = "arn:aws:iam::123456789012:role/new"
    assert world.world.roles.role(arn) is None
    world.create(world.register("good-1", taskRoleArn=arn))
    world.until(world.completed, within=300)
    assert world.world.roles.role(arn) is not None


@pytest.fixture
def managed_policies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have moto know AWS's managed policies, which it does only where it is told to."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")


def test_the_managed_execution_policy_is_enough_for_a_task_without_secrets(
    managed_policies: None,  # noqa: ARG001 - before the world
    world: Any,
) -> None:
    from moto.iam.models import iam_backends

    backend = iam_backends["123456789012"]["aws"]
    backend.managed_policies.update({each.arn: each for each in backend._init_aws_policies() if each.arn == EXECUTION})
    iam = world.client("iam")
    iam.attach_role_policy(RoleName="execution", PolicyArn=EXECUTION)
    iam.delete_role_policy(RoleName="execution", PolicyName="all")
    world.step(61)
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    arn = world.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    world.update(taskDefinition=world.register("good-1", {"secrets": [{"name": "DB", "valueFrom": arn}]}))
    world.until(lambda: world.tasks("STOPPED"), within=300)
    assert "no identity-based policy allows the secretsmanager:GetSecretValue" in str(world.messages())
