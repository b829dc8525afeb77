"""`Cluster`: an ECS cluster on Fargate that can be looked into."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Output

from . import checks, names, opening
from .complaints import Complaint
from .controls.registry import YEAR
from .given import waivers
from .given.waivers import WAIVERS, WaiverArgs
from .reading import Group, Key, MapOf, Text, Whole

TOKEN = "failwell:index:Cluster"  # noqa: S105 - Pulumi's word for the name of a type


class ClusterArgs(TypedDict):
    """The arguments of `Cluster`."""

    cluster_name: NotRequired[str]
    """The cluster's name, fixed for its life. Default: the name of the component."""
    container_insights: NotRequired[pulumi.Input[str]]
    """`enhanced`, or `enabled` with fewer metrics. Default: `enhanced`."""
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key of the sessions of ECS Exec and their log; it must let CloudWatch Logs use it. Default: none."""
    storage_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key of the tasks' disks. Default: AWS's own."""
    exec_log_retention_in_days: NotRequired[pulumi.Input[int]]
    """Days that the log of ECS Exec is kept. Default: 365."""
    service_connect_namespace_arn: NotRequired[pulumi.Input[str]]
    """The Cloud Map namespace of services that name none. Default: none."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags of everything that is made. Default: none."""
    waivers: NotRequired[Sequence[WaiverArgs]]
    """The hardening defaults that may fail, each with its reason and last day. Default: none."""


def _check_insights(value: str) -> Complaint | None:
    if value == "disabled":
        what = "is disabled: what happens in the cluster is not measured"
        return Complaint(what, "write enhanced or enabled", "CLU-01", waivable=True)
    return checks.check_choice(("enhanced", "enabled"), "CLU-01", value)


_ARGUMENTS = Group(
    keys={
        "cluster_name": Key(Text(check=names.check_cluster_name, plain=True)),
        "container_insights": Key(Text(check=_check_insights), default="enhanced"),
        "kms_key_arn": Key(Text(check=names.arn("KMS key"))),
        "storage_kms_key_arn": Key(Text(check=names.arn("KMS key"))),
        "exec_log_retention_in_days": Key(
            Whole(low=YEAR, high=3653, lowest=1, control="LOG-01", check=checks.one_of(*checks.RETENTION_DAYS)),
            default=YEAR,
        ),
        "service_connect_namespace_arn": Key(Text(check=names.arn("Cloud Map namespace"))),
        "tags": Key(MapOf(value=Text(numbers=True, empty=True), entry=checks.check_tag), default={}),
        "waivers": WAIVERS,
    }
)


class Cluster(pulumi.ComponentResource):
    """An ECS cluster: Container Insights on, sessions of ECS Exec logged, Fargate and Fargate Spot at hand."""

    cluster_arn: Output[str]
    """The cluster's ARN."""
    cluster_name: Output[str]
    """The cluster's name."""
    exec_log_group_name: Output[str]
    """The log group of the sessions of ECS Exec."""
    waivers: Output[list[dict[str, str]]]
    """The hardening defaults that may fail: `control`, `reason` and `expires` of each."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        given = opening.read("Cluster", name, args, _ARGUMENTS, "cluster_name", names.check_cluster_name)
        super().__init__(TOKEN, name, {}, opts)
        values, child = given.values, given.child_options(self, opts)
        log_group = aws.cloudwatch.LogGroup(
            f"{name}-exec-log-group",
            name=f"/ecs/{values['cluster_name']}/exec",
            retention_in_days=values["exec_log_retention_in_days"],
            kms_key_id=values["kms_key_arn"],
            tags=values["tags"],
            opts=child,
        )
        namespace = values["service_connect_namespace_arn"]
        cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            name=values["cluster_name"],
            settings=[{"name": "containerInsights", "value": values["container_insights"]}],
            configuration=_configuration(values, log_group.name),
            service_connect_defaults={"namespace": namespace} if namespace else None,
            tags=values["tags"],
            opts=child,
        )
        providers = aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity-providers",
            cluster_name=cluster.name,
            capacity_providers=["FARGATE", "FARGATE_SPOT"],
            # What names no strategy of its own does not land on capacity that AWS may take away.
            default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "base": 1, "weight": 1}],
            opts=child,
        )
        # Not before its providers are there: a service that names one would be refused.
        self.cluster_arn = Output.all(cluster.arn, providers.id).apply(lambda known: str(known[0]))
        self.cluster_name = cluster.name
        self.exec_log_group_name = log_group.name
        self.waivers = Output.from_input(waivers.shown(given.waivers))
        outputs = ("cluster_arn", "cluster_name", "exec_log_group_name", "waivers")
        self.register_outputs({output: getattr(self, output) for output in outputs})


def _configuration(values: Mapping[str, Any], log_group: Output[str]) -> aws.ecs.ClusterConfigurationArgsDict:
    """Return where sessions of ECS Exec are logged, and with which keys sessions and disks are encrypted."""
    key = values["kms_key_arn"]
    log: aws.ecs.ClusterConfigurationExecuteCommandConfigurationLogConfigurationArgsDict = {
        "cloud_watch_log_group_name": log_group,
        "cloud_watch_encryption_enabled": key is not None,
    }
    command: aws.ecs.ClusterConfigurationExecuteCommandConfigurationArgsDict = {
        "logging": "OVERRIDE",
        "log_configuration": log,
    }
    if key is not None:
        command["kms_key_id"] = key
    configuration: aws.ecs.ClusterConfigurationArgsDict = {"execute_command_configuration": command}
    if values["storage_kms_key_arn"] is not None:
        configuration["managed_storage_configuration"] = {
            "fargate_ephemeral_storage_kms_key_id": values["storage_kms_key_arn"]
        }
    return configuration
