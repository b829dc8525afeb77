"""What becomes of a task follows from what its image does where it runs."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.ecs.checks import run_check
from sandbox.images import Catalogue, CatalogueError, Image, load_catalogue, push

ACCOUNT, REGION = "123456789012", "eu-west-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGES = """
images:
  - &image
    repository: made
    tag: serves
    platforms: [linux/amd64]
    size_mib: 10
    programs: [sh, app]
    entrypoint: [app]
    start_seconds: 1
    listens: 5001
    health: {/healthz: 200}
    sigterm: {after: 1, code: 0, logs: [bye]}
  - {<<: *image, tag: with-curl, programs: [sh, app, curl]}
  - {<<: *image, tag: fails, programs: [sh, app, curl, wget], health: {/healthz: 500}}
  - {<<: *image, tag: shell-less, shell: none}
  - {<<: *image, tag: not-executable, entrypoint: [/app/start.sh], not_executable: [/app/start.sh]}
  - {<<: *image, tag: loopback, listens: {port: 5001, bind: 127.0.0.1}}
  - {<<: *image, tag: tls, listens: {port: 5001, protocol: https}}
  - <<: *image
    tag: own-check
    programs: [sh, app, ready]
    container_health: {ready: [{at: 0, code: 1}, {at: 60, code: 0}]}
  - <<: *image
    tag: database
    needs:
      connections:
        - host: db.internal
          port: 5432
          variable: DATABASE_URL
          refused: {code: 1, logs: ["refused {host}:{port}"]}
          timed_out: {after: 5, code: 1, logs: ["timed out {host}"]}
          name_not_found: {code: 1, logs: ["not found {host}"]}
          login_refused: {code: 1, logs: ["login {host}"]}
  - <<: *image
    tag: sidecar-user
    needs:
      connections:
        - {host: localhost, port: 5001, at: 5, refused: {code: 9}, timed_out: {code: 8}, name_not_found: {code: 7}}
  - <<: *image
    tag: writes
    needs: {files: [{path: /data/x, readonly: {code: 30, logs: [read-only]}, denied: {code: 13, logs: [denied]}}]}
  - <<: *image
    tag: files
    needs: {open_files: {at_least: 4096, fewer: {code: 24, logs: [too many]}}}
  - <<: *image
    tag: bucket
    needs: {aws: [{action: "s3:ListBucket", denied: {code: 3, logs: ["denied {role}"]}, no_credentials: {code: 4}}]}
  - {<<: *image, tag: fills, disk: {mib: 25000, after: 100, full: {code: 28, logs: [no space]}}}
"""


@pytest.fixture
def made(world: Any, tmp_path: Path) -> Any:
    """The account with the images above."""
    file = tmp_path / "images.yaml"
    file.write_text(IMAGES)
    added = load_catalogue(file)
    world.world.region(ACCOUNT, REGION).surroundings._catalogue.add(added.images)
    push(added, ACCOUNT, REGION)
    return world


def start(world: Any, tag: str, container: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    """Run a task of an image for three minutes and return it."""
    image = {"image": f"{REGISTRY}/made:{tag}"}
    definition = world.register("x", image | (container or {}), **settings)
    network = {"awsvpcConfiguration": {"subnets": [world.subnet]}}
    given = {"cluster": "main", "launchType": "FARGATE", "networkConfiguration": network}
    arn = world.ecs.run_task(taskDefinition=definition, **given)["tasks"][0]["taskArn"]
    world.step(180)
    task: dict[str, Any] = world.ecs.describe_tasks(cluster="main", tasks=[arn])["tasks"][0]
    return task


def ended(world: Any, tag: str, container: dict[str, Any] | None = None, **settings: Any) -> tuple[Any, list[str]]:
    """Return the exit code of a task's container, None where it runs, and its log."""
    task = start(world, tag, container, **settings)
    code = task["containers"][0].get("exitCode")
    name = f"shop/app/{task['taskArn'].rpartition('/')[2]}"
    streams = world.logs.describe_log_streams(logGroupName="shop", logStreamNamePrefix=name)["logStreams"]
    return code, world.log(task) if streams else []


CANNOT_START = [
    ({"command": ["x"], "entryPoint": ["no-such"]}, 'exec: "no-such": executable file not found in $PATH: unknown'),
    ({"entryPoint": ["/no/such"]}, 'exec: "/no/such": stat /no/such: no such file or directory: unknown'),
    ({"entryPoint": ["app --port 80"]}, 'exec: "app --port 80": executable file not found in $PATH: unknown'),
]


@pytest.mark.parametrize(("container", "text"), CANNOT_START)
def test_a_missing_executable_cannot_be_started(made: Any, container: dict[str, Any], text: str) -> None:
    task = start(made, "serves", container)
    assert (task["stopCode"], task["stoppedReason"]) == ("TaskFailedToStart", "Task failed to start")
    reason = task["containers"][0]["reason"]
    assert reason.startswith("CannotStartContainerError: ResourceInitializationError: failed to create new container")
    assert reason.endswith(text)
    assert "startedAt" not in task


def test_an_executable_without_its_mode_and_a_missing_shell_cannot_be_started(made: Any) -> None:
    denied = start(made, "not-executable")["containers"][0]["reason"]
    assert denied.endswith('exec: "/app/start.sh": permission denied: unknown')
    shell = start(made, "shell-less", {"entryPoint": ["sh", "-c", "app"]})["containers"][0]["reason"]
    assert shell.endswith('exec: "sh": executable file not found in $PATH: unknown')


def test_a_shell_that_does_not_find_its_program_exits_127(made: Any) -> None:
    found = ended(made, "serves", {"entryPoint": ["sh", "-c"], "command": ["no-such --fast"]})
    assert found == (127, ["/bin/sh: 1: no-such: not found"])
    assert ended(made, "serves", {"entryPoint": ["sh", "-c"], "command": ["app --fast"]}) == (None, [])


HOSTS = [
    ("down", "refused db.internal:5432"),
    ("unreachable", "timed out db.internal"),
    (None, "not found db.internal"),
]


@pytest.mark.parametrize(("state", "line"), [*HOSTS, ("refusing-login", "login db.internal")])
def test_a_program_ends_as_its_database_is(made: Any, state: str | None, line: str) -> None:
    if state:
        made.world.hosts.set("db.internal", state)
    assert ended(made, "database") == (1, [line])


def test_a_database_that_comes_back_lets_the_next_task_run(made: Any) -> None:
    made.world.hosts.set("orders.internal", "down")
    environment = {"environment": [{"name": "DATABASE_URL", "value": "postgres://a:b@orders.internal:6000/x"}]}
    assert ended(made, "database", environment) == (1, ["refused orders.internal:6000"])
    made.world.hosts.set("orders.internal", "up")
    assert ended(made, "database", environment) == (None, [])


def test_a_secrets_value_reaches_the_program(made: Any) -> None:
    made.world.hosts.set("secret.internal", "down")
    client = made.client("secretsmanager")
    arn = client.create_secret(Name="db", SecretString='{"url": "secret.internal:1"}')["ARN"]
    plain = client.create_secret(Name="plain", SecretString="secret.internal:2")["ARN"]
    parameter = {"Name": "/db", "Value": "secret.internal:3", "Type": "SecureString"}
    made.client("ssm").put_parameter(**parameter)
    for value_from, port in ((f"{arn}:url::", 1), (plain, 2), ("/db", 3)):
        secrets = {"secrets": [{"name": "DATABASE_URL", "valueFrom": value_from}]}
        assert ended(made, "database", secrets) == (1, [f"refused secret.internal:{port}"])


def test_the_containers_of_a_task_reach_each_other_on_localhost(made: Any) -> None:
    assert ended(made, "sidecar-user") == (9, [])
    other = {"name": "other", "image": f"{REGISTRY}/made:serves"}
    definition = made.ecs.describe_task_definition(taskDefinition="shop")["taskDefinition"]["containerDefinitions"][0]
    task = start(made, "sidecar-user", containerDefinitions=[definition, other])
    assert [each.get("exitCode") for each in task["containers"]] == [None, None]


VOLUME = {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]}


@pytest.mark.parametrize(
    ("container", "found"),
    [
        ({}, None),
        ({"readonlyRootFilesystem": True}, 30),
        ({"readonlyRootFilesystem": True, **VOLUME}, None),
        ({"user": "1000"}, 13),
        ({"user": "1000:1000", **VOLUME}, 13),
        ({"user": "root"}, None),
        ({"user": "app"}, 13),
    ],
)
def test_a_path_is_written_as_root_file_system_volumes_and_user_let_it(
    made: Any, container: dict[str, Any], found: int | None
) -> None:
    assert ended(made, "writes", container, volumes=[{"name": "data"}])[0] == found


def test_open_files_and_disk_come_from_the_task_definition(made: Any) -> None:
    few = {"ulimits": [{"name": "nofile", "softLimit": 1024, "hardLimit": 65535}]}
    assert ended(made, "files", few) == (24, ["too many"])
    assert ended(made, "files")[0] is None
    assert ended(made, "fills") == (28, ["no space"])
    assert ended(made, "fills", ephemeralStorage={"sizeInGiB": 60})[0] is None


def test_the_task_roles_policies_decide_what_a_program_may_do(made: Any) -> None:
    assert ended(made, "bucket")[0] == 4, "without a role there are no credentials"
    role = made.make_role("shop-task")
    made.step(60)  # by then every change of IAM has reached the tasks
    assert ended(made, "bucket", taskRoleArn=role) == (3, ["denied shop-task"])
    statement = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
    made.allow({"Version": "2012-10-17", "Statement": [statement]}, "shop-task")
    made.step(60)
    assert ended(made, "bucket", taskRoleArn=role)[0] is None


@pytest.mark.parametrize("tag", ["loopback", "tls"])
def test_what_a_load_balancer_cannot_talk_to_fails_its_checks(made: Any, tag: str) -> None:
    group = made.target_group()
    made.create(made.register("x", {"image": f"{REGISTRY}/made:{tag}"}), group)
    made.until(lambda: any("Health checks failed" in message for message in made.messages()), within=600, by=5)


def test_a_load_balancer_that_asks_over_tls_reaches_a_program_that_speaks_it(made: Any) -> None:
    group = made.target_group(HealthCheckProtocol="HTTPS")
    made.create(made.register("x", {"image": f"{REGISTRY}/made:tls"}), group)
    made.until(made.completed, within=600, by=5)


def test_sigterm_prints_its_last_words(made: Any) -> None:
    task = start(made, "serves")
    made.ecs.stop_task(cluster="main", task=task["taskArn"])
    made.step(60)
    assert made.log(task) == ["bye"]


CURL = "curl -f http://localhost:5001/healthz || exit 1"
CHECKS = [
    ("with-curl", ["CMD-SHELL", CURL], 0),
    ("with-curl", ["CMD-SHELL", "curl -fsS -o /dev/null http://127.0.0.1:5001/healthz > /dev/null 2>&1"], 0),
    ("serves", ["CMD-SHELL", CURL], 1),
    ("serves", ["CMD", "curl", "-f", "http://localhost:5001/healthz"], 127),
    ("with-curl", ["CMD", CURL], 127),
    ("with-curl", ["CMD", "curl", "-f", "http://localhost:5001/healthz"], 0),
    ("with-curl", ["CMD-SHELL", "curl", "-f", "http://localhost:5001/healthz"], 2),
    ("with-curl", ["CMD", "curl", "-f", "http://localhost:5002/healthz"], 7),
    ("with-curl", ["CMD", "curl", "-f", "https://localhost:5001/healthz"], 7),
    ("with-curl", ["curl -f http://localhost:5001/healthz"], 127),
    ("fails", ["CMD", "curl", "http://localhost:5001/healthz"], 0),
    ("fails", ["CMD", "curl", "-sf", "http://localhost:5001/healthz"], 22),
    ("fails", ["CMD", "wget", "-q", "--spider", "http://localhost:5001/healthz"], 8),
    ("fails", ["CMD-SHELL", "wget -qO- localhost:5001/healthz || exit 1"], 1),
    ("shell-less", ["CMD-SHELL", "app"], 127),
    ("shell-less", ["CMD", "app", "check"], 0),
    ("serves", ["CMD-SHELL", "false && app; true"], 0),
    ("serves", ["CMD-SHELL", "'unclosed"], 1),
    ("own-check", ["CMD", "ready"], 0),
]


@pytest.mark.parametrize(("tag", "command", "code"), CHECKS)
def test_a_health_command_does_what_the_image_lets_it(made: Any, tag: str, command: list[str], code: int) -> None:
    task = start(made, tag)
    container = made.world.region(ACCOUNT, REGION).tasks[task["taskArn"]].containers[0]
    assert run_check(command, container, 120) == code


def test_a_check_without_its_curl_makes_a_container_unhealthy(made: Any) -> None:
    check = {"command": ["CMD-SHELL", CURL], "interval": 10, "retries": 2}
    assert start(made, "serves", {"healthCheck": check})["healthStatus"] == "UNHEALTHY"
    assert start(made, "with-curl", {"healthCheck": check})["healthStatus"] == "HEALTHY"


def test_a_tag_that_cannot_be_moved_is_refused(made: Any) -> None:
    image = load_catalogue().images[0]
    other = Catalogue([Image.model_validate({**image.model_dump(), "size_mib": 7})])
    with pytest.raises(CatalogueError, match="does something else, and the repository's tags are immutable"):
        push(other, ACCOUNT, REGION)
    made.client("ecr").put_image_tag_mutability(repositoryName=image.repository, imageTagMutability="MUTABLE")
    push(other, ACCOUNT, REGION)
    asked = [{"imageTag": image.tag}]
    stored = made.client("ecr").batch_get_image(repositoryName=image.repository, imageIds=asked)["images"][0]
    assert stored["imageManifest"] == other.images[0].manifest
