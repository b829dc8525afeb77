"""What a team may say about containers reaches ECS, and no container escapes the hardening."""

import pytest

from components.errors import ArgumentError
from components.validation import read
from tests.components.conftest import waived

DIGEST = "sha256:" + "0a" * 32
PROXY = {"name": "proxy", "image": f"ghcr.io/team/proxy@{DIGEST}"}


def paths(args):
    with pytest.raises(ArgumentError) as caught:
        read("shop", args)
    return {problem.path: problem.complaint for problem in caught.value.problems}


def test_the_command_and_its_directory_are_the_teams(deploy):
    container = deploy(command=["serve"], entry_point=["/init"], working_directory="/srv", start_timeout=30.0).container
    assert (container["command"], container["entryPoint"]) == (["serve"], ["/init"])
    assert (container["workingDirectory"], container["startTimeout"]) == ("/srv", 30)


def test_a_health_check_of_the_container_finds_a_broken_one_in_half_a_minute(deploy):
    check = deploy(health_check={"command": ["CMD", "/healthy"]}).container["healthCheck"]
    assert check == {"command": ["CMD", "/healthy"], "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 0}
    assert check["interval"] * check["retries"] <= 30


def test_restarts_inside_a_task_are_opted_into(deploy):
    container = deploy(restart_policy={"ignored_exit_codes": [0.0]}, waivers=waived("TSK-15")).container
    assert container["restartPolicy"] == {"enabled": True, "restartAttemptPeriod": 300, "ignoredExitCodes": [0]}


def test_the_init_process_can_be_left_to_the_image(deploy):
    container = deploy(init_process_enabled=False, waivers=waived("TSK-09")).container
    assert container["linuxParameters"]["initProcessEnabled"] is False


def test_open_files_can_be_limited(deploy):
    limit = {"name": "nofile", "soft_limit": 1024.0, "hard_limit": 4096.0}
    assert deploy(ulimits=[limit]).container["ulimits"] == [{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}]


def test_a_sidecar_is_hardened_like_the_application(deploy):
    sidecar = deploy(sidecars=[PROXY]).containers["proxy"]
    assert sidecar["readonlyRootFilesystem"] is True
    assert sidecar["user"] == "1000:1000"
    assert sidecar["privileged"] is False
    assert sidecar["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert sidecar["logConfiguration"]["options"]["mode"] == "non-blocking"
    assert sidecar["mountPoints"] == []


def test_a_sidecar_writes_to_volumes_of_its_own(deploy):
    graph = deploy(sidecars=[{**PROXY, "writable_paths": ["/tmp"]}])  # noqa: S108
    assert graph.containers["proxy"]["mountPoints"][0]["sourceVolume"] == "proxy-tmp"
    assert graph.container["mountPoints"][0]["sourceVolume"] == "tmp"
    assert [volume["name"] for volume in graph.one("TaskDefinition").inputs["volumes"]] == ["proxy-tmp", "tmp"]


def test_the_application_waits_for_its_sidecar(deploy):
    sidecar = {**PROXY, "health_check": {"command": ["CMD", "/ready"]}, "essential": False, "memory": 128.0}
    graph = deploy(sidecars=[sidecar], depends_on=[{"container_name": "proxy", "condition": "HEALTHY"}])
    assert graph.container["dependsOn"] == [{"containerName": "proxy", "condition": "HEALTHY"}]
    assert graph.containers["proxy"]["essential"] is False
    assert graph.containers["proxy"]["memory"] == 128


def test_ecs_may_read_the_secrets_and_pull_the_images_of_all_containers(deploy, secret_arn, parameter_arn):
    ecr = "210987654321.dkr.ecr.us-gov-west-1.amazonaws.com"
    sidecar = {"name": "proxy", "image": f"{ecr}/proxy@{DIGEST}", "secrets": {"KEY": parameter_arn}}
    policy = (
        deploy(secrets={"A": secret_arn}, sidecars=[sidecar]).one("RolePolicy", "execution-policy").inputs["policy"]
    )
    for part in (secret_arn, parameter_arn, "repository/team/shop", "repository/proxy"):
        assert part in policy


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"sidecars": [{**PROXY, "name": "app"}]}, "sidecars[0].name"),
        ({"sidecars": [PROXY, PROXY]}, "sidecars[1].name"),
        ({"sidecars": [{**PROXY, "name": "a b"}]}, "sidecars[0].name"),
        ({"sidecars": [{"name": "proxy"}]}, "sidecars[0].image"),
        ({"sidecars": [{**PROXY, "image": "ghcr.io/team/proxy:1"}]}, "sidecars[0].image"),
        ({"sidecars": [{**PROXY, "user": "root"}]}, "sidecars[0].user"),
        ({"sidecars": [{**PROXY, "environment": {"API_TOKEN": "x"}}]}, "sidecars[0].environment.API_TOKEN"),
        ({"sidecars": [{**PROXY, "memory": 2048}]}, "sidecars[0].memory"),
        ({"sidecars": [{**PROXY, "container_port": 80}]}, "sidecars[0].container_port"),
        ({"container_port": 9000, "sidecars": [{**PROXY, "container_port": 9000}]}, "sidecars[0].container_port"),
        ({"sidecars": [{**PROXY, "privileged": True}]}, "sidecars[0].privileged"),
        ({"depends_on": [{"container_name": "proxy"}]}, "depends_on[0].container_name"),
        (
            {"sidecars": [PROXY], "depends_on": [{"container_name": "proxy", "condition": "HEALTHY"}]},
            "depends_on[0].condition",
        ),
        (
            {"sidecars": [PROXY], "depends_on": [{"container_name": "proxy", "condition": "SUCCESS"}]},
            "depends_on[0].condition",
        ),
        (
            {
                "sidecars": [{**PROXY, "depends_on": [{"container_name": "app"}]}],
                "depends_on": [{"container_name": "proxy"}],
            },
            "depends_on",
        ),
        ({"health_check": {"command": ["/healthy", "now"]}}, "health_check.command"),
        ({"health_check": {"command": ["CMD", "a"], "interval": 5, "timeout": 6}}, "health_check.timeout"),
        ({"ulimits": [{"name": "nproc", "soft_limit": 1, "hard_limit": 2}]}, "ulimits[0].name"),
        ({"ulimits": [{"name": "nofile", "soft_limit": 3, "hard_limit": 2}]}, "ulimits[0].soft_limit"),
        (
            {"restart_policy": {"restart_attempt_period": 10}, "waivers": waived("TSK-15")},
            "restart_policy.restart_attempt_period",
        ),
        ({"working_directory": "srv"}, "working_directory"),
        ({"image": "ghcr.io/team/shop:1"}, "image"),
        (
            {"image_repository_arn": "arn:aws-us-gov:ecr:us-gov-west-1:210987654321:repository/other"},
            "image_repository_arn",
        ),
        ({"secrets_kms_key_arn": "arn:aws:kms:eu-west-1:210987654321:key/0a"}, "secrets_kms_key_arn"),
        ({"readonly_root_filesystem": False}, "readonly_root_filesystem"),
        ({"ephemeral_storage_gib": 20}, "ephemeral_storage_gib"),
    ],
)
def test_what_cannot_work_is_refused_by_its_path(worker, changes, path):
    assert set(paths({**worker, **changes})) == {path}


def test_a_task_may_have_a_larger_disk(deploy):
    assert deploy(ephemeral_storage_gib=50.0).one("TaskDefinition").inputs["ephemeralStorage"] == {"sizeInGib": 50}
