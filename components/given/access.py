"""What a team may say about what tasks reach: other addresses, file systems, other services and AWS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi import Input

from .. import checks, formats, names
from ..reading import Anything, Flag, Group, Key, ListOf, MapOf, Text, Whole, groups


class EgressRuleArgs(TypedDict):
    """Where tasks may connect to: one of the four kinds of destination."""

    description: pulumi.Input[str]
    """What the rule is for."""
    from_port: pulumi.Input[int]
    """The first port."""
    to_port: NotRequired[pulumi.Input[int]]
    """The last port. Default: the first one."""
    protocol: NotRequired[pulumi.Input[str]]
    """`tcp` or `udp`. Default: `tcp`."""
    cidr_ipv4: NotRequired[pulumi.Input[str]]
    """Addresses, such as `10.0.0.0/16`."""
    cidr_ipv6: NotRequired[pulumi.Input[str]]
    """Addresses, such as `fd00::/8`."""
    prefix_list_id: NotRequired[pulumi.Input[str]]
    """A prefix list, such as that of a gateway endpoint."""
    security_group_id: NotRequired[pulumi.Input[str]]
    """A security group, such as a database's."""


class PolicyStatementArgs(TypedDict):
    """A permission of the program in the tasks."""

    actions: Sequence[str]
    """The actions, such as `s3:GetObject`."""
    resources: pulumi.Input[Sequence[pulumi.Input[str]]]
    """The ARNs on which they are allowed."""
    conditions: NotRequired[pulumi.Input[Mapping[str, Any]]]
    """Conditions, in IAM's own form: `{"StringEquals": {"aws:ResourceTag/team": "orders"}}`. Default: none."""


class EfsVolumeArgs(TypedDict):
    """A directory on Amazon EFS: encrypted on the way, through an access point, with the task's role."""

    name: str
    """The volume's name."""
    file_system_arn: pulumi.Input[str]
    """The ARN of the file system."""
    access_point_arn: pulumi.Input[str]
    """The ARN of the access point, which fixes the directory and the user."""
    container_path: str
    """Where it is in the container."""
    mount_target_security_group_id: pulumi.Input[str]
    """The security group of the mount targets, which the tasks may connect to."""
    container_name: NotRequired[str]
    """The container that gets it. Default: `app`."""
    read_only: NotRequired[bool]
    """Whether the container may only read. Default: false."""


class ServiceConnectArgs(TypedDict):
    """Service Connect: the service calls others of a namespace by name and, where it has a port, is called by them."""

    namespace: pulumi.Input[str]
    """The name or ARN of the Cloud Map namespace."""
    discovery_name: NotRequired[pulumi.Input[str]]
    """The service's name in the namespace. Default: the service's name in lower case."""
    dns_name: NotRequired[pulumi.Input[str]]
    """The host name that others write. Default: that name and the namespace's."""
    port: NotRequired[pulumi.Input[int]]
    """The port that others write. Default: the container's."""


@dataclass(frozen=True)
class EgressRule:
    """Where tasks may connect to."""

    description: Input[str]
    from_port: Input[int]
    to_port: Input[int] | None
    protocol: Input[str]
    cidr_ipv4: Input[str] | None
    cidr_ipv6: Input[str] | None
    prefix_list_id: Input[str] | None
    security_group_id: Input[str] | None


@dataclass(frozen=True)
class EfsVolume:
    """A directory on Amazon EFS."""

    name: str
    file_system_arn: Input[str]
    access_point_arn: Input[str]
    container_path: str
    mount_target_security_group_id: Input[str]
    container_name: str
    read_only: bool


@dataclass(frozen=True)
class ServiceConnect:
    """The service's place in a namespace."""

    namespace: Input[str]
    discovery_name: Input[str] | None
    dns_name: Input[str] | None
    port: Input[int] | None


_PORT = Whole(low=1, high=65535)
DESTINATIONS = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "security_group_id")
EGRESS_RULES = Key(
    ListOf(
        item=Group(
            keys={
                "description": Key(Text(check=formats.check_rule_description), required=True),
                "from_port": Key(_PORT, required=True),
                "to_port": Key(_PORT),
                "protocol": Key(Text(check=checks.one_of("tcp", "udp", control="NET-04")), default="tcp"),
                "cidr_ipv4": Key(Text(check=formats.check_cidr)),
                "cidr_ipv6": Key(Text(check=formats.check_cidr_ipv6)),
                "prefix_list_id": Key(Text(check=partial(names.check_id, "pl"))),
                "security_group_id": Key(Text(check=partial(names.check_id, "sg"))),
            },
            form=EgressRule,
        ),
        plain=True,
    )
)
TASK_ROLE_POLICY_STATEMENTS = groups(
    {
        "actions": Key(ListOf(item=Text(check=formats.check_action, plain=True), least=1, plain=True), required=True),
        "resources": Key(ListOf(item=Text(check=names.check_policy_resource), least=1), required=True),
        "conditions": Key(MapOf(value=Anything())),
    }
)
EFS_VOLUMES = groups(
    {
        "name": Key(Text(plain=True, check=partial(checks.check_name, "volume")), required=True),
        "file_system_arn": Key(Text(check=names.arn("EFS file system")), required=True),
        "access_point_arn": Key(Text(check=names.arn("EFS access point")), required=True),
        "container_path": Key(Text(plain=True, check=checks.check_writable_path), required=True),
        "mount_target_security_group_id": Key(Text(check=partial(names.check_id, "sg")), required=True),
        "container_name": Key(Text(plain=True), default="app"),
        "read_only": Key(Flag(plain=True), default=False),
    },
    EfsVolume,
)
SERVICE_CONNECT = Key(
    Group(
        keys={
            "namespace": Key(Text(), required=True),
            "discovery_name": Key(Text(check=formats.check_discovery_name)),
            "dns_name": Key(Text()),
            "port": Key(_PORT),
        },
        form=ServiceConnect,
    )
)
