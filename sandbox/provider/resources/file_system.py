"""EFS: `aws:efs/fileSystem:FileSystem`, its policy, access points and mount targets."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider import naming
from sandbox.provider.plain import Ask, Plain, Step
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, number, text, texts, whole, wholes
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_NEW: Mapping[str, Any] = {"force_new": True}
_LIFECYCLE = {
    "transitionToArchive": "TransitionToArchive",
    "transitionToIa": "TransitionToIA",
    "transitionToPrimaryStorageClass": "TransitionToPrimaryStorageClass",
}


class _Efs(Plain):
    service = "efs"
    service_id = "EFS"
    gone = frozenset({"FileSystemNotFound", "AccessPointNotFound", "MountTargetNotFound", "PolicyNotFound"})

    def what(self, call: Call) -> str:
        """Errors name the type alone."""
        del call
        return self.label


class FileSystem(_Efs):
    """A file system; its id is AWS's."""

    type_name = "aws:efs/fileSystem:FileSystem"
    label = "EFS file system"
    properties: ClassVar[Properties] = {
        "availabilityZoneName": text(computed=True, **_NEW),
        "creationToken": text(computed=True, **_NEW),
        "encrypted": flag(computed=True, **_NEW),
        "kmsKeyId": text(computed=True, **_NEW),
        "lifecyclePolicies": blocks({key: text(member=member) for key, member in _LIFECYCLE.items()}),
        "performanceMode": text(computed=True, **_NEW),
        "protection": block({"replicationOverwrite": text(computed=True)}, computed=True),
        "provisionedThroughputInMibps": number(),
        "throughputMode": text(default="bursting"),
    }
    outputs = ("arn", "availabilityZoneId", "dnsName", "name", "numberOfMountTargets", "ownerId", "sizeInBytes")
    creates, identity = "create_file_system", "FileSystemId"
    reads = Ask("describe_file_systems", lambda call: {"FileSystemId": call.id}, "FileSystems.0")
    steps = (
        Step(
            ("lifecyclePolicies",),
            Ask(
                "put_lifecycle_configuration",
                lambda call: {"FileSystemId": call.id, "LifecyclePolicies": _lifecycle(call.inputs)},
            ),
        ),
        Step(
            ("throughputMode", "provisionedThroughputInMibps"),
            Ask(
                "update_file_system",
                lambda call: {
                    "FileSystemId": call.id,
                    "ThroughputMode": call.inputs["throughputMode"],
                    "ProvisionedThroughputInMibps": call.inputs.get("provisionedThroughputInMibps"),
                },
            ),
            settles=False,
        ),
    )
    deletes = Ask("delete_file_system", lambda call: {"FileSystemId": call.id})
    busy = frozenset({"FileSystemInUse"})
    ready = ("LifeCycleState", "available")
    tagging = Tagging("tag_resource", "untag_resource", "ResourceId")

    def request(self, call: Call) -> dict[str, Any]:
        """The token that makes it unique is made up where the program gives none."""
        request = {"CreationToken": naming.from_prefix("terraform-"), **super().request(call)}
        return {key: value for key, value in request.items() if key != "Protection"}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what EFS tells elsewhere."""
        answer = self.client(call).describe_lifecycle_configuration(FileSystemId=call.id)
        size = found.get("SizeInBytes") or {}
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags") or []}
        return {
            "arn": found["FileSystemArn"],
            "availabilityZoneId": found.get("AvailabilityZoneId") or "",
            "dnsName": f"{call.id}.efs.{call.region}.amazonaws.com",
            "name": found.get("Name") or tags.get("Name", ""),
            "lifecyclePolicies": self.from_aws(self.properties["lifecyclePolicies"], answer["LifecyclePolicies"]),
            "protection": {
                "replicationOverwrite": (found.get("FileSystemProtection") or {}).get(
                    "ReplicationOverwriteProtection", "ENABLED"
                )
            },
            "sizeInBytes": [
                {
                    "value": size.get("Value", 0),
                    "valueInIa": size.get("ValueInIA", 0),
                    "valueInStandard": size.get("ValueInStandard", 0),
                }
            ],
        }


_CREATION: Mapping[str, Property] = {
    "ownerGid": whole(required=True),
    "ownerUid": whole(required=True),
    "permissions": text(required=True),
}


class AccessPoint(_Efs):
    """A way into a file system, as a user and at a directory; its id is AWS's."""

    type_name = "aws:efs/accessPoint:AccessPoint"
    label = "EFS Access Point"
    properties: ClassVar[Properties] = {
        "fileSystemId": text(required=True, **_NEW),
        "posixUser": block(
            {"gid": whole(required=True), "secondaryGids": wholes(), "uid": whole(required=True)}, **_NEW
        ),
        "rootDirectory": block(
            {"creationInfo": block(_CREATION, computed=True), "path": text(computed=True)}, computed=True, **_NEW
        ),
    }
    outputs = ("arn", "fileSystemArn", "ownerId")
    creates, identity = "create_access_point", "AccessPointId"
    reads = Ask("describe_access_points", lambda call: {"AccessPointId": call.id}, "AccessPoints.0")
    deletes = Ask("delete_access_point", lambda call: {"AccessPointId": call.id})
    ready = ("LifeCycleState", "available")
    tagging = Tagging("tag_resource", "untag_resource", "ResourceId")

    def request(self, call: Call) -> dict[str, Any]:
        """A token makes it unique."""
        return {"ClientToken": naming.from_prefix("terraform-"), **super().request(call)}

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return the ARNs."""
        del call
        arn = found["AccessPointArn"]
        return {"arn": arn, "fileSystemArn": f"{arn.rpartition(':')[0]}:file-system/{found['FileSystemId']}"}


class MountTarget(_Efs):
    """What a subnet mounts a file system by; its id is AWS's."""

    type_name = "aws:efs/mountTarget:MountTarget"
    label = "EFS Mount Target"
    taggable = False
    properties: ClassVar[Properties] = {
        "fileSystemId": text(required=True, **_NEW),
        "ipAddress": text(computed=True, **_NEW),
        "securityGroups": texts(computed=True),
        "subnetId": text(required=True, **_NEW),
    }
    outputs = (
        "availabilityZoneId",
        "availabilityZoneName",
        "dnsName",
        "fileSystemArn",
        "mountTargetDnsName",
        "networkInterfaceId",
        "ownerId",
    )
    creates, identity = "create_mount_target", "MountTargetId"
    reads = Ask("describe_mount_targets", lambda call: {"MountTargetId": call.id}, "MountTargets.0")
    steps = (
        Step(
            ("securityGroups",),
            Ask(
                "modify_mount_target_security_groups",
                lambda call: {"MountTargetId": call.id, "SecurityGroups": call.inputs.get("securityGroups") or []},
            ),
            settles=False,
        ),
    )
    deletes = Ask("delete_mount_target", lambda call: {"MountTargetId": call.id})
    ready = ("LifeCycleState", "available")

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return names, and the groups, which an operation of their own tells."""
        groups = self.client(call).describe_mount_target_security_groups(MountTargetId=call.id)["SecurityGroups"]
        system, zone = found["FileSystemId"], found.get("AvailabilityZoneName", "")
        host = f"{system}.efs.{call.region}.amazonaws.com"
        return {
            "dnsName": host,
            "mountTargetDnsName": f"{zone}.{host}",
            "fileSystemArn": f"arn:aws:elasticfilesystem:{call.region}:{found['OwnerId']}:file-system/{system}",
            "securityGroups": groups,
        }

    def delete(self, call: Call) -> None:
        """Delete it and wait until it is gone: the file system cannot be deleted earlier."""
        super().delete(call)
        self.wait_until_gone(call)


class FileSystemPolicy(_Efs):
    """Who may mount a file system; its id is the file system's."""

    type_name = "aws:efs/fileSystemPolicy:FileSystemPolicy"
    label = "EFS File System Policy"
    taggable = False
    properties: ClassVar[Properties] = {
        "bypassPolicyLockoutSafetyCheck": flag(default=False, program_only=True),
        "fileSystemId": text(required=True, **_NEW),
        "policy": text(required=True, json=True),
    }
    creates, identity = "put_file_system_policy", "FileSystemId"
    reads = Ask("describe_file_system_policy", lambda call: {"FileSystemId": call.id})
    steps = (
        Step(
            ("policy",),
            Ask("put_file_system_policy", lambda call: {"FileSystemId": call.id, "Policy": call.inputs["policy"]}),
            settles=False,
        ),
    )
    deletes = Ask("delete_file_system_policy", lambda call: {"FileSystemId": call.id})


def _lifecycle(inputs: Values) -> list[dict[str, str]]:
    """Return one policy for each transition: EFS takes no more in one."""
    return [
        {_LIFECYCLE[key]: value}
        for policy in inputs.get("lifecyclePolicies") or []
        for key, value in policy.items()
        if value
    ]
