"""EFS volumes: what has to be there before a task mounts one."""

import json
from typing import Any

import pytest

FAILED = "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: "


class Storage:
    """A file system with a mount target in the world's subnet, behind a group that lets NFS in from the VPC."""

    def __init__(self, world: Any) -> None:
        self.efs, self.ec2 = world.client("efs"), world.ec2
        self.file_system = self.efs.create_file_system(CreationToken="data")["FileSystemId"]
        made = world.ec2.create_security_group(GroupName="storage", Description="storage", VpcId=world.vpc)
        self.group = made["GroupId"]
        self.rule = [{"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
        world.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=self.rule)
        self.target = self.mount(world.subnet)

    def mount(self, subnet: str) -> str:
        made = self.efs.create_mount_target(FileSystemId=self.file_system, SubnetId=subnet, SecurityGroups=[self.group])
        target: str = made["MountTargetId"]
        return target


@pytest.fixture
def storage(world: Any) -> Storage:
    return Storage(world)


def create(world: Any, storage: Storage, role: str | None = None, **more: Any) -> None:
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": storage.file_system, **more}}
    world.create(world.register("good-1", volumes=[volume], **({"taskRoleArn": role} if role else {})))


def reason(world: Any) -> str:
    world.until(lambda: world.tasks("STOPPED"), within=500)
    task = world.tasks("STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    said: str = task["stoppedReason"]
    return said


def test_a_task_mounts_a_file_system(world: Any, storage: Storage) -> None:
    point = storage.efs.create_access_point(ClientToken="a", FileSystemId=storage.file_system)["AccessPointId"]
    create(world, storage, transitEncryption="ENABLED", authorizationConfig={"accessPointId": point})
    world.until(world.completed)


@pytest.mark.parametrize("missing", ["file system", "mount target", "mount target of the zone"])
def test_the_name_does_not_resolve(world: Any, storage: Storage, missing: str) -> None:
    storage.efs.delete_mount_target(MountTargetId=storage.target)
    if missing == "file system":
        storage.efs.delete_file_system(FileSystemId=storage.file_system)
    if missing == "mount target of the zone":
        other = world.ec2.create_subnet(VpcId=world.vpc, CidrBlock="10.0.77.0/24", AvailabilityZone="eu-west-1c")
        storage.mount(other["Subnet"]["SubnetId"])
    create(world, storage)
    said = reason(world)
    host = f"{storage.file_system}.efs.eu-west-1.amazonaws.com"
    assert said.startswith(f'{FAILED}Failed to resolve "{host}" - check that your file system ID is correct, and ')
    assert said.endswith(" : unsuccessful EFS utils command execution; code: 1")


def test_a_security_group_that_keeps_nfs_out_is_a_timeout(world: Any, storage: Storage) -> None:
    storage.ec2.revoke_security_group_ingress(GroupId=storage.group, IpPermissions=storage.rule)
    create(world, storage)
    assert reason(world) == (
        f"{FAILED}mount.nfs4: Connection timed out : unsuccessful EFS utils command execution; code: 32"
    )


def test_an_access_point_of_another_file_system_is_refused(world: Any, storage: Storage) -> None:
    other = storage.efs.create_file_system(CreationToken="other")["FileSystemId"]
    point = storage.efs.create_access_point(ClientToken="a", FileSystemId=other)["AccessPointId"]
    create(world, storage, transitEncryption="ENABLED", authorizationConfig={"accessPointId": point})
    assert "mount.nfs4: access denied by server while mounting 127.0.0.1:/" in reason(world)


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


OWNERS = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "elasticfilesystem:*", "Resource": "*"}
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "elasticfilesystem:ClientMount", "Resource": "*"}
ENCRYPTED = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("allowed", "more", "mounts"),
    [
        ([EVERYBODY], {}, True),
        ([EVERYBODY, ENCRYPTED], {}, False),
        ([OWNERS], {}, False),
        ([OWNERS, ENCRYPTED], {"transitEncryption": "ENABLED", "authorizationConfig": {"iam": "ENABLED"}}, True),
    ],
    ids=["everybody", "not in the clear", "nobody without iam", "a role of the account that may"],
)
def test_the_policy_of_a_file_system_says_who_mounts_it(
    world: Any, storage: Storage, allowed: list[dict[str, Any]], more: dict[str, Any], mounts: bool
) -> None:
    policy = json.dumps(document(*allowed))
    storage.efs.put_file_system_policy(FileSystemId=storage.file_system, Policy=policy)
    role = world.make_role("mounter")
    world.allow(document({"Effect": "Allow", "Action": "elasticfilesystem:ClientMount", "Resource": "*"}), "mounter")
    create(world, storage, role, **more)
    if mounts:
        world.until(world.completed)
    else:
        assert "mount.nfs4: access denied by server" in reason(world)


def test_a_role_without_the_permission_does_not_mount_through_another_access_point(
    world: Any, storage: Storage
) -> None:
    policy = json.dumps(document(OWNERS))
    storage.efs.put_file_system_policy(FileSystemId=storage.file_system, Policy=policy)
    points = [
        storage.efs.create_access_point(ClientToken=token, FileSystemId=storage.file_system) for token in ("a", "b")
    ]
    role = world.make_role("mounter")
    through = {"StringEquals": {"elasticfilesystem:AccessPointArn": points[0]["AccessPointArn"]}}
    statement = {"Effect": "Allow", "Action": "elasticfilesystem:ClientMount", "Resource": "*", "Condition": through}
    world.allow(document(statement), "mounter")
    given = {"iam": "ENABLED", "accessPointId": points[1]["AccessPointId"]}
    create(world, storage, role, transitEncryption="ENABLED", authorizationConfig=given)
    assert "mount.nfs4: access denied by server" in reason(world)
