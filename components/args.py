"""The arguments of `FargateService`, as the program writes them: plain dictionaries whose leaves may be outputs."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from .given.access import EfsVolumeArgs, EgressRuleArgs, PolicyStatementArgs, ServiceConnectArgs
from .given.alarms import DeploymentAlarmsArgs, OperationalAlarmsArgs
from .given.container import (
    ContainerDependencyArgs,
    ContainerHealthCheckArgs,
    RestartPolicyArgs,
    SidecarArgs,
    UlimitArgs,
)
from .given.deployment import DeploymentArgs
from .given.load_balancing import LoadBalancerArgs, TargetGroupArgs
from .given.scaling import AutoscalingArgs, CapacityProviderStrategyArgs
from .given.waivers import WaiverArgs


class FargateServiceArgs(TypedDict):
    """The arguments of `FargateService`."""

    image: pulumi.Input[str]
    """
    The image, by its full reference: `registry/repository@sha256:…`, or with a tag where the repository is in ECR and
    its tags are immutable, which is looked up. Never `latest`.
    """
    cluster_arn: pulumi.Input[str]
    """The ARN of the ECS cluster."""
    vpc_id: pulumi.Input[str]
    """The VPC of the tasks."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """
    Two subnets or more: private ones, in different zones, with a way to the registry (NAT gateway or endpoints). One
    with a waiver of DEP-10.
    """

    service_name: NotRequired[str]
    """The service's name in ECS, fixed for its life. Default: the name of the component."""
    cluster_name: NotRequired[str]
    """The cluster's name, needed only where `cluster_arn` is an output. Default: read from `cluster_arn`."""
    region: NotRequired[pulumi.Input[str]]
    """
    The region of everything that the component makes and looks up, but for the roles, which have none; account and
    credentials stay the provider's. A change replaces everything. Default: the provider's.
    """
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Tags for everything that the component makes. Default: none beside its own."""

    image_repository_arn: NotRequired[pulumi.Input[str]]
    """The ECR repository of `image`. Default: read from `image`; needed where the same program makes the repository."""
    container_port: NotRequired[pulumi.Input[int]]
    """The port on which the container listens, 1024 to 65535. Default: 8080 with a load balancer, otherwise none."""
    command: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """What is run instead of the image's own command."""
    entry_point: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """What is run instead of the image's own entry point."""
    working_directory: NotRequired[pulumi.Input[str]]
    """The directory that the command starts in. Default: the image's."""
    environment: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that anyone may read. Credentials are refused: give them in `secrets`. Default: none."""
    secrets: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Environment variables that ECS fills: name to the full ARN of a secret or SSM parameter. Default: none."""
    secrets_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key that the secrets are encrypted with, where it is not AWS's own. Default: AWS's own."""
    user: NotRequired[pulumi.Input[str]]
    """The user, or `user:group`, that the container runs as; not root. Default: `1000:1000`."""
    writable_paths: NotRequired[Sequence[str]]
    """
    The directories that the container may write to; the rest of its file system is read-only. Default: `/tmp`.
    On Fargate such a directory belongs to root unless the image declares it: `VOLUME ["/tmp"]` in the Dockerfile.
    """
    stop_timeout: NotRequired[pulumi.Input[int]]
    """Seconds between SIGTERM and SIGKILL, 30 to 120; less with a waiver of TSK-10. Default: 60."""
    start_timeout: NotRequired[pulumi.Input[int]]
    """Seconds that containers which depend on this one wait for it, 2 to 120. Default: ECS's own."""
    init_process_enabled: NotRequired[pulumi.Input[bool]]
    """
    Whether an init process passes signals on and collects dead children; false with a waiver of TSK-09. Default:
    true.
    """
    restart_policy: NotRequired[RestartPolicyArgs]
    """
    Restarts inside a running task, which the circuit breaker does not see; with a waiver of TSK-15. Default: none.
    """
    health_check: NotRequired[ContainerHealthCheckArgs]
    """A command inside the container that tells whether it works. Default: none."""
    ulimits: NotRequired[Sequence[UlimitArgs]]
    """Limits of the operating system. Default: Fargate's own."""
    depends_on: NotRequired[Sequence[ContainerDependencyArgs]]
    """Sidecars that must be ready before the application's container starts. Default: none."""
    sidecars: NotRequired[Sequence[SidecarArgs]]
    """Containers beside the application's, hardened in the same way. Default: none."""
    log_max_buffer_size: NotRequired[pulumi.Input[str]]
    """How much log output may wait for CloudWatch before it is dropped, such as `25m`. Default: `25m`."""
    log_retention_in_days: NotRequired[pulumi.Input[int]]
    """
    Days that log lines are kept; one of the numbers that CloudWatch Logs takes, under 365 with a waiver of LOG-01.
    Default: 365.
    """
    log_kms_key_arn: NotRequired[pulumi.Input[str]]
    """The KMS key of the log group; its policy must let CloudWatch Logs use it. Default: `kms_key_arn`."""
    log_skip_destroy: NotRequired[pulumi.Input[bool]]
    """Whether the log group stays when the stack is destroyed. Default: false."""

    cpu: NotRequired[pulumi.Input[int]]
    """CPU units of a task: 256, 512, 1024, 2048, 4096, 8192, 16384 or 32768. Default: 512."""
    memory: NotRequired[pulumi.Input[int]]
    """Memory of a task in MiB; which values there are depends on `cpu`. Default: 1024."""
    cpu_architecture: NotRequired[pulumi.Input[str]]
    """What the image is built for: `X86_64` or `ARM64`. Default: `X86_64`."""
    ephemeral_storage_gib: NotRequired[pulumi.Input[int]]
    """The disk of a task in GiB, 21 to 200. Default: Fargate's 20."""
    efs_volumes: NotRequired[Sequence[EfsVolumeArgs]]
    """Directories on Amazon EFS. Default: none."""
    execution_role_arn: NotRequired[pulumi.Input[str]]
    """A role that exists already, which ECS takes to start a task. Default: one is made that may do just that."""
    task_role_arn: NotRequired[pulumi.Input[str]]
    """A role that exists already, which the program in a task takes. Default: one is made."""
    task_role_policy_statements: NotRequired[Sequence[PolicyStatementArgs]]
    """What the program in a task may do, where its role is made. Default: nothing."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """The policy that bounds each role that is made. Default: none."""

    additional_security_group_ids: NotRequired[pulumi.Input[Sequence[pulumi.Input[str]]]]
    """Security groups that the tasks have beside their own. Default: none."""
    ingress_security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups beside the load balancer's that may reach the container's port. Default: none."""
    egress_rules: NotRequired[Sequence[EgressRuleArgs]]
    """
    Where the tasks may connect to; everybody by HTTPS alone, unless NET-04 is waived. Default: HTTPS anywhere and DNS
    in the VPC; a list replaces it.
    """
    service_connect: NotRequired[ServiceConnectArgs]
    """Service Connect. Default: off, and ECS is told so."""

    load_balancer: NotRequired[LoadBalancerArgs]
    """The load balancer that sends requests to the tasks. Default: none, as for a worker."""
    target_group: NotRequired[TargetGroupArgs]
    """Health checks and deregistration; only with a load balancer."""
    desired_count: NotRequired[pulumi.Input[int]]
    """How many tasks shall run; with `autoscaling`, how many at first. Default: 2, or the fewest."""
    autoscaling: NotRequired[AutoscalingArgs]
    """How the number of tasks follows the load. Default: it does not."""
    allow_scale_to_zero: NotRequired[bool]
    """Whether `autoscaling` may go down to no task at all. Default: false."""
    capacity_provider_strategies: NotRequired[Sequence[CapacityProviderStrategyArgs]]
    """
    The capacity that the tasks run on; the cluster must have the providers. Default: Fargate, as launch type. A change
    needs `deployment.force_new_deployment`: otherwise the provider replaces the service.
    """
    deployment: NotRequired[DeploymentArgs]
    """How a new revision replaces the previous one."""
    deployment_alarms: NotRequired[DeploymentAlarmsArgs]
    """When a deployment that serves badly is rolled back."""
    operational_alarms: NotRequired[OperationalAlarmsArgs]
    """Alarms that tell people and never roll anything back."""
    notification_topic_arn: NotRequired[pulumi.Input[str]]
    """An SNS topic that is told of failed deployments and alarms; its policy must allow it. Default: one is made."""
    notification_emails: NotRequired[Sequence[str]]
    """Addresses that get a mail; each must confirm the first one. Default: none."""
    notification_queue_arn: NotRequired[pulumi.Input[str]]
    """An SQS queue that gets the events too; its policy must allow it. Default: none."""
    notification_event_names: NotRequired[Sequence[str]]
    """
    `SERVICE_DEPLOYMENT_FAILED`, `SERVICE_DEPLOYMENT_IN_PROGRESS` (only when it begins a rollback),
    `SERVICE_DEPLOYMENT_COMPLETED`. Default: the first two.
    """
    kms_key_arn: NotRequired[pulumi.Input[str]]
    """A KMS key for the topic and the log group; its policy must let their services use it. Default: one is made."""
    create_kms_key: NotRequired[bool]
    """Whether a KMS key is made where none is given; false with waivers of SNS-01 and LOG-02. Default: true."""
    enable_execute_command: NotRequired[bool]
    """
    Whether `aws ecs execute-command` opens a shell in a task, with a waiver of TSK-11; the cluster must log the
    sessions. Default: false.
    """
    waivers: NotRequired[Sequence[WaiverArgs]]
    """The hardening defaults that may fail, each with its reason and last day. Default: none."""
