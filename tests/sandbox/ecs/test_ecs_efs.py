"""EFS volumes: what has to be there before a task mounts one."""

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


def create(world: Any, storage: Storage, **more: Any) -> None:
    volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": storage.file_system, **more}}
    world.create(world.register("good-1", volumes=[volume]))


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
