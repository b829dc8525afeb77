"""The real engine with the stand-in: what an update, a second one, a preview, a refresh and a destroy do."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation.errors import CommandError

from automation.engine.install import find_engine, language_host_path
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector

pytestmark = pytest.mark.e2e


_PROGRAM, _NETWORK_PROGRAM = Path(__file__).with_name("program"), Path(__file__).with_name("network_program")


class Project:
    """A stack of a program; without one, of that which has everything that a Fargate service needs."""

    def __init__(self, sandbox: Sandbox, directory: Path, program: Path = _PROGRAM) -> None:
        self.sandbox = sandbox
        engine = find_engine()
        if engine is None:
            pytest.skip("no Pulumi CLI: `deploy.py engine install`")
        environment = sandbox.environment() | {"PULUMI_PYTHON_CMD": sys.executable}
        if folder := language_host_path(engine):
            environment["PATH"] = os.pathsep.join([folder, os.environ["PATH"]])
        options = auto.LocalWorkspaceOptions(
            pulumi_command=auto.PulumiCommand(root=str(engine.executable.parents[1])),
            pulumi_home=environment["PULUMI_HOME"],
            env_vars=environment,
        )
        shutil.copytree(program, directory, dirs_exist_ok=True)
        self.stack = auto.create_or_select_stack("dev", work_dir=str(directory), opts=options)
        self.set(defaults=json.dumps(sandbox.defaults()), image="good-1", desired_count="2", container="web")

    def set(self, **values: str) -> None:
        """Change what the program reads."""
        self.stack.set_all_config({key: auto.ConfigValue(value) for key, value in values.items()})

    def up(self) -> dict[str, int]:
        summary = self.stack.up(color="never").summary
        return {str(key): int(value) for key, value in (summary.resource_changes or {}).items()}

    def preview(self) -> dict[str, int]:
        summary = self.stack.preview(color="never").change_summary
        return {str(key): value for key, value in summary.items()}

    def state(self, kind: str) -> dict[str, Any]:
        deployment = self.stack.export_stack().deployment or {}
        (found,) = (item for item in deployment["resources"] if item["type"] == kind and not item.get("delete"))
        return dict(found)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory = tmp_path_factory.mktemp("engine")
    yield process.start(directory, speed=200)
    process.stop(directory)


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Iterator[Project]:
    project = Project(sandbox, tmp_path)
    yield project
    project.stack.destroy(color="never")


_SERVICE, _TASK_DEFINITION = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
_EVERYTHING = 14  # the stack itself and 13 resources


def left(connect: Callable[[str], Any]) -> dict[str, list[Any]]:
    """Return what there is of what the program makes; task definitions are kept on purpose."""
    ec2, elbv2, ecs = connect("ec2"), connect("elbv2"), connect("ecs")
    listener = elbv2.describe_listeners(
        LoadBalancerArn=elbv2.describe_load_balancers(Names=["sandbox"])["LoadBalancers"][0]["LoadBalancerArn"]
    )["Listeners"][0]["ListenerArn"]
    return {
        "services": ecs.list_services(cluster="sandbox")["serviceArns"],
        "tasks": ecs.list_tasks(cluster="sandbox")["taskArns"],
        "roles": [role["RoleName"] for role in connect("iam").list_roles()["Roles"] if "execution" in role["RoleName"]],
        "log groups": connect("logs").describe_log_groups()["logGroups"],
        "target groups": elbv2.describe_target_groups()["TargetGroups"],
        "rules": [rule for rule in elbv2.describe_rules(ListenerArn=listener)["Rules"] if not rule["IsDefault"]],
        "alarms": connect("cloudwatch").describe_alarms()["MetricAlarms"],
        "secrets": connect("secretsmanager").list_secrets()["SecretList"],
        "security groups": ec2.describe_security_groups(Filters=[{"Name": "description", "Values": ["web"]}])[
            "SecurityGroups"
        ],
        "interfaces": [
            interface
            for interface in ec2.describe_network_interfaces()["NetworkInterfaces"]
            if any(group["GroupName"].startswith("web-") for group in interface["Groups"])
        ],
    }


def test_a_stack_comes_up_stays_the_same_changes_and_goes(project: Project) -> None:
    connect = connector(project.sandbox.endpoint)
    assert project.preview() == {"create": _EVERYTHING}
    assert all(items == [] for items in left(connect).values()), "a preview makes nothing"

    assert project.up() == {"create": _EVERYTHING}
    assert all(left(connect).values())
    states = [file.read_text() for file in (project.sandbox.directory / "state").rglob("dev.json")]
    assert states
    assert not any("hush" in state for state in states), "a secret is encrypted in the state"

    assert project.up() == {"same": _EVERYTHING}
    refreshed = project.stack.refresh(color="never").summary.resource_changes
    assert refreshed == {"same": _EVERYTHING}
    assert project.preview() == {"same": _EVERYTHING}, "a refresh finds nothing that the program did not say"

    project.set(image="good-2")
    assert project.preview() == {"replace": 1, "update": 1, "same": _EVERYTHING - 2}
    assert project.up() == {"replace": 1, "update": 1, "same": _EVERYTHING - 2}
    service = connect("ecs").describe_services(cluster="sandbox", services=[project.stack.outputs()["service"].value])
    assert service["services"][0]["taskDefinition"].endswith(":task-definition/web:2")
    assert service["services"][0]["runningCount"] == 2

    project.set(desired_count="3")
    assert project.up() == {"update": 1, "same": _EVERYTHING - 1}

    assert project.stack.destroy(color="never").summary.resource_changes == {"delete": _EVERYTHING}
    assert {key: items for key, items in left(connect).items() if items} == {}


def standing(connect: Callable[[str], Any]) -> dict[str, set[str]]:
    """Return everything of the kinds that the network's program makes, the sandbox's own included."""
    ec2, elbv2, ecs = connect("ec2"), connect("elbv2"), connect("ecs")
    alive = [{"Name": "state", "Values": ["available"]}]
    return {
        "vpcs": {each["VpcId"] for each in ec2.describe_vpcs()["Vpcs"]},
        "subnets": {each["SubnetId"] for each in ec2.describe_subnets()["Subnets"]},
        "gateways": {each["InternetGatewayId"] for each in ec2.describe_internet_gateways()["InternetGateways"]},
        "nat gateways": {each["NatGatewayId"] for each in ec2.describe_nat_gateways(Filters=alive)["NatGateways"]},
        "addresses": {each["AllocationId"] for each in ec2.describe_addresses()["Addresses"]},
        "tables": {each["RouteTableId"] for each in ec2.describe_route_tables()["RouteTables"]},
        "endpoints": {
            each["VpcEndpointId"]
            for each in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if each["State"].lower() != "deleted"
        },
        "interfaces": {each["NetworkInterfaceId"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]},
        "groups": {each["GroupId"] for each in ec2.describe_security_groups()["SecurityGroups"]},
        "balancers": {each["LoadBalancerArn"] for each in elbv2.describe_load_balancers()["LoadBalancers"]},
        "target groups": {each["TargetGroupArn"] for each in elbv2.describe_target_groups()["TargetGroups"]},
        "repositories": {each["repositoryName"] for each in connect("ecr").describe_repositories()["repositories"]},
        "clusters": {
            each["clusterArn"]
            for each in ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
            if each["status"] == "ACTIVE"
        },
    }


def test_a_network_comes_up_stays_the_same_and_goes(sandbox: Sandbox, tmp_path: Path) -> None:
    project, connect = Project(sandbox, tmp_path, _NETWORK_PROGRAM), connector(sandbox.endpoint)
    before = standing(connect)
    try:
        made = project.up()
        assert set(made) == {"create"}
        now = standing(connect)
        assert {key for key in before if now[key] == before[key]} == set(), "each kind is made"
        for _ in range(2):
            assert project.up() == {"same": made["create"]}
        assert project.stack.refresh(color="never").summary.resource_changes == {"same": made["create"]}
        assert project.preview() == {"same": made["create"]}
    finally:
        project.stack.destroy(color="never")
    left_over = {key: now - before[key] for key, now in standing(connect).items() if now - before[key]}
    assert left_over == {}


def test_a_failed_update_reads_as_the_real_providers_and_a_second_one_turns_green(project: Project) -> None:
    project.up()
    first = project.state(_SERVICE)["outputs"]["taskDefinition"]
    project.set(image="crash-on-start")
    with pytest.raises(CommandError) as error:
        project.up()
    said = str(error.value)
    assert "updating urn:pulumi:dev::demo::aws:ecs/service:Service::web: 1 error occurred:" in said
    assert "waiting for ECS Service (arn:aws:ecs:eu-west-1:123456789012:service/sandbox/web-" in said
    assert ") update: Service deployment rolled back because " in said
    service = project.state(_SERVICE)
    assert service["initErrors"], "the resource stays in the state, with its error"
    assert not (project.stack.export_stack().deployment or {}).get("pending_operations")

    # The engine sends an update without a change to go on; the real provider neither waits nor looks at the deployment.
    assert project.up()["update"] == 1
    assert not project.state(_SERVICE).get("initErrors")
    assert project.state(_SERVICE)["outputs"]["taskDefinition"] == first, "what the read found: the old revision serves"


def test_a_first_deployment_that_fails_stays_in_the_state(project: Project) -> None:
    project.set(image="crash-on-start")
    with pytest.raises(CommandError, match=r"creating urn:pulumi:dev::demo::aws:ecs/service:Service::web: 1 error"):
        project.up()
    service = project.state(_SERVICE)
    assert service["id"] == service["outputs"]["arn"]
    assert service["initErrors"]


def test_a_service_that_ecs_refuses_is_not_saved(project: Project) -> None:
    project.set(container="wbe")
    with pytest.raises(CommandError) as error:
        project.up()
    assert "creating ECS Service (web-" in str(error.value)
    assert "InvalidParameterException: The container wbe does not exist in the task definition." in str(error.value)
    assert not [
        item for item in (project.stack.export_stack().deployment or {})["resources"] if item["type"] == _SERVICE
    ]
