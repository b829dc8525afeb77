"""What tasks reach, who reaches them, and what their roles may do, where a team asks for more than the defaults."""

import json

import pytest

from components.errors import ArgumentError
from components.validation import read
from tests.components.conftest import waived

ROLE = "arn:aws-us-gov:iam::210987654321:role/team/run"
BOUNDARY = "arn:aws-us-gov:iam::210987654321:policy/team/boundary"
EFS = "arn:aws-us-gov:elasticfilesystem:us-gov-west-1:210987654321"
VOLUME = {
    "name": "uploads",
    "file_system_arn": f"{EFS}:file-system/fs-0a1b2c3d",
    "access_point_arn": f"{EFS}:access-point/fsap-0a1b2c3d",
    "container_path": "/uploads",
    "mount_target_security_group_id": "sg-0efs",
}
DATABASE = {"description": "PostgreSQL", "from_port": 5432.0, "security_group_id": "sg-0db"}


def statements(graph, name):
    return json.loads(graph.one("RolePolicy", name).inputs["policy"])["Statement"]


# --- network


def test_given_groups_may_reach_the_port_too(deploy):
    rules = [made.inputs for made in deploy(ingress_security_group_ids=["sg-0c"]).all("SecurityGroupIngressRule")]
    assert {rule["referencedSecurityGroupId"] for rule in rules} == {"sg-0a1b", "sg-0c"}
    assert {(rule["fromPort"], rule["toPort"]) for rule in rules} == {(8080, 8080)}


def test_given_groups_are_beside_the_tasks_own(deploy):
    groups = deploy(additional_security_group_ids=["sg-0c"]).one("Service").inputs["networkConfiguration"]
    assert groups["securityGroups"] == ["sg-shopsecuritygroup", "sg-0c"]


def test_a_list_of_destinations_replaces_the_defaults(deploy):
    rules = [made.inputs for made in deploy(egress_rules=[DATABASE]).all("SecurityGroupEgressRule")]
    assert [(rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"]) for rule in rules] == [
        ("sg-0db", 5432, 5432)
    ]
    assert "cidrIpv4" not in rules[0]


def test_tasks_may_reach_nothing_at_all(deploy):
    assert not deploy(egress_rules=[]).all("SecurityGroupEgressRule")


# --- EFS


def test_a_directory_on_efs_is_encrypted_on_the_way_and_needs_the_tasks_role(deploy):
    graph = deploy(efs_volumes=[VOLUME])
    (volume,) = [volume for volume in graph.one("TaskDefinition").inputs["volumes"] if volume["name"] == "uploads"]
    assert volume["efsVolumeConfiguration"] == {
        "fileSystemId": "fs-0a1b2c3d",
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-0a1b2c3d", "iam": "ENABLED"},
    }
    mount = {"sourceVolume": "uploads", "containerPath": "/uploads", "readOnly": False}
    assert mount in graph.container["mountPoints"]


def test_the_program_reaches_its_own_directory_on_efs_and_no_other(deploy):
    (mount,) = statements(deploy(efs_volumes=[{**VOLUME, "read_only": True}]), "task-policy")
    assert mount["Action"] == ["elasticfilesystem:ClientMount"]
    assert mount["Resource"] == [VOLUME["file_system_arn"]]
    assert mount["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": VOLUME["access_point_arn"]}}


def test_the_network_lets_tasks_reach_the_mount_targets(deploy):
    rule = deploy(efs_volumes=[VOLUME]).one("SecurityGroupEgressRule", "efs-uploads").inputs
    assert (rule["referencedSecurityGroupId"], rule["fromPort"], rule["toPort"]) == ("sg-0efs", 2049, 2049)


# --- Service Connect


def test_service_connect_is_off_and_ecs_is_told_so(deploy):
    assert deploy().one("Service").inputs["serviceConnectConfiguration"] == {"enabled": False}


def test_a_service_with_a_port_is_called_by_name(deploy):
    graph = deploy(service_name="Shop", service_connect={"namespace": "team", "port": 80.0})
    configuration = graph.one("Service").inputs["serviceConnectConfiguration"]
    assert configuration["services"] == [
        {"portName": "app", "discoveryName": "shop", "clientAlias": [{"port": 80}]},
    ]
    assert graph.container["portMappings"] == [
        {"containerPort": 8080, "protocol": "tcp", "name": "app", "appProtocol": "http"}
    ]
    assert configuration["logConfiguration"]["options"]["mode"] == "non-blocking"


def test_a_worker_only_calls_others(deploy, worker):
    configuration = deploy(worker, service_connect={"namespace": "team"}).one("Service").inputs
    assert "services" not in configuration["serviceConnectConfiguration"]
    assert configuration["serviceConnectConfiguration"]["enabled"] is True


# --- roles


def test_roles_can_be_the_teams_own(deploy):
    graph = deploy(execution_role_arn=ROLE, task_role_arn=f"{ROLE}2")
    task = graph.one("TaskDefinition").inputs
    assert (task["executionRoleArn"], task["taskRoleArn"]) == (ROLE, f"{ROLE}2")
    assert not graph.all("Role") + graph.all("RolePolicy")


def test_the_program_gets_the_permissions_that_it_was_given(deploy):
    condition = {"StringEquals": {"aws:ResourceTag/team": "orders"}}
    given = {"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::orders/*"], "conditions": condition}
    assert statements(deploy(task_role_policy_statements=[given]), "task-policy") == [
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": ["arn:aws:s3:::orders/*"],
            "Condition": condition,
        }
    ]


def test_each_role_has_the_boundary(deploy, balanced):
    graph = deploy(balanced, permissions_boundary_arn=BOUNDARY, deployment={"strategy": "BLUE_GREEN"})
    assert len(graph.all("Role")) == 3
    assert {role.inputs["permissionsBoundary"] for role in graph.all("Role")} == {BOUNDARY}


def test_a_shell_needs_its_channel_and_leaves_the_file_system_read_only(deploy):
    graph = deploy(enable_execute_command=True, waivers=waived("TSK-11"))
    assert graph.one("Service").inputs["enableExecuteCommand"] is True
    assert graph.container["readonlyRootFilesystem"] is True
    paths = {mount["containerPath"] for mount in graph.container["mountPoints"]}
    assert paths >= {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"}
    volumes = {volume["name"] for volume in graph.one("TaskDefinition").inputs["volumes"]}
    assert {mount["sourceVolume"] for mount in graph.container["mountPoints"]} == volumes
    (channel,) = statements(graph, "task-policy")
    assert all(action.startswith("ssmmessages:") for action in channel["Action"])


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"execution_role_arn": ROLE, "task_role_arn": ROLE}, "task_role_arn"),
        ({"task_role_arn": "run"}, "task_role_arn"),
        (
            {
                "task_role_arn": ROLE,
                "task_role_policy_statements": [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::a"]}],
            },
            "task_role_policy_statements",
        ),
        (
            {"task_role_policy_statements": [{"actions": ["*"], "resources": ["arn:aws:s3:::a"]}]},
            "task_role_policy_statements[0].actions[0]",
        ),
        (
            {"task_role_policy_statements": [{"actions": ["s3:*"], "resources": ["arn:aws:s3:::a"]}]},
            "task_role_policy_statements[0].actions[0]",
        ),
        (
            {"task_role_policy_statements": [{"actions": ["s3:GetObject"], "resources": ["*"]}]},
            "task_role_policy_statements[0].resources[0]",
        ),
        ({"egress_rules": [{"description": "x", "from_port": 1}]}, "egress_rules[0]"),
        ({"egress_rules": [{**DATABASE, "cidr_ipv4": "10.0.0.0/8"}]}, "egress_rules[0]"),
        ({"egress_rules": [{**DATABASE, "to_port": 1}]}, "egress_rules[0].to_port"),
        ({"egress_rules": [{**DATABASE, "protocol": "-1"}]}, "egress_rules[0].protocol"),
        ({"egress_rules": [{"from_port": 1, "security_group_id": "sg-0a"}]}, "egress_rules[0].description"),
        ({"ingress_security_group_ids": ["sg-0c"]}, "ingress_security_group_ids"),
        ({"service_connect": {"namespace": "team", "port": 80}}, "service_connect.port"),
        ({"service_connect": {}}, "service_connect.namespace"),
        ({"efs_volumes": [{**VOLUME, "container_name": "proxy"}]}, "efs_volumes[0].container_name"),
        ({"efs_volumes": [{**VOLUME, "container_path": "/tmp"}]}, "efs_volumes[0].container_path"),  # noqa: S108
        ({"efs_volumes": [{**VOLUME, "name": "tmp"}]}, "efs_volumes[0].name"),
        ({"efs_volumes": [{**VOLUME, "file_system_arn": "fs-0a1b2c3d"}]}, "efs_volumes[0].file_system_arn"),
    ],
)
def test_access_that_is_too_wide_or_leads_nowhere_is_refused(worker, changes, path):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, **changes})
    assert [problem.path for problem in caught.value.problems] == [path]
