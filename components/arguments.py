"""The table of the arguments of `FargateService`: how each is read, what it may be, its default and the reason."""

from functools import partial

from . import checks, fargate, names
from .given import access, alarms, container, deployment, load_balancing, notification, scaling, waivers
from .reading import Flag, Group, Key, ListOf, MapOf, Text, Whole

_ROLE = Key(Text(check=names.arn("IAM role")))
_GROUPS = ListOf(item=Text(check=partial(names.check_id, "sg")))
_SUBNETS_WHY = ": one zone may fail, and takes every task with it"
_TMP = Key(container.CONTAINER["writable_paths"].reader, default=["/tmp"])  # noqa: S108 - a volume of its own
ARGUMENTS = Group(
    keys={
        "service_name": Key(Text(check=names.check_service_name, plain=True)),
        "cluster_name": Key(Text(check=names.check_cluster_name, plain=True)),
        "cluster_arn": Key(Text(check=names.check_cluster_arn), required=True),
        "region": Key(Text(check=names.check_region)),
        "vpc_id": Key(Text(check=partial(names.check_id, "vpc")), required=True),
        "subnet_ids": Key(
            ListOf(
                item=Text(check=partial(names.check_id, "subnet")),
                least=2,
                why=_SUBNETS_WHY,
                control="DEP-10",
                waivable=True,
            ),
            required=True,
        ),
        "tags": Key(MapOf(value=Text(numbers=True, empty=True), entry=checks.check_tag), default={}),
        **container.CONTAINER,
        "image_repository_arn": Key(Text(check=names.arn("ECR repository"))),
        "secrets_kms_key_arn": Key(Text(check=names.arn("KMS key"))),
        "writable_paths": _TMP,
        "sidecars": container.SIDECARS,
        "log_max_buffer_size": Key(Text(check=checks.check_buffer_size), default="25m"),
        # A year: an incident is often found months later. CloudWatch's own default is for ever.
        "log_retention_in_days": Key(Whole(low=1, high=3653, check=checks.one_of(*checks.RETENTION_DAYS)), default=365),
        "log_kms_key_arn": Key(Text(check=names.arn("KMS key"))),
        "log_skip_destroy": Key(Flag(), default=False),
        "cpu": Key(Whole(low=1, high=32768, check=fargate.check_cpu), default=512),
        "memory": Key(Whole(low=1, high=249856), default=1024),
        "cpu_architecture": Key(Text(check=checks.one_of("X86_64", "ARM64")), default="X86_64"),
        "ephemeral_storage_gib": Key(Whole(low=21, high=200)),
        "efs_volumes": access.EFS_VOLUMES,
        "execution_role_arn": _ROLE,
        "task_role_arn": _ROLE,
        "task_role_policy_statements": access.TASK_ROLE_POLICY_STATEMENTS,
        "permissions_boundary_arn": Key(Text(check=names.arn("IAM policy"))),
        "additional_security_group_ids": Key(_GROUPS, default=[]),
        "ingress_security_group_ids": Key(ListOf(item=_GROUPS.item, plain=True), default=[]),
        "egress_rules": access.EGRESS_RULES,
        "service_connect": access.SERVICE_CONNECT,
        "load_balancer": load_balancing.LOAD_BALANCER,
        "target_group": load_balancing.TARGET_GROUP,
        "deployment": deployment.DEPLOYMENT,
        # Two, so that one task, or one zone, may fail.
        "desired_count": Key(Whole(low=0, high=scaling.MOST_TASKS)),
        "autoscaling": scaling.AUTOSCALING,
        "allow_scale_to_zero": Key(Flag(plain=True), default=False),
        "capacity_provider_strategies": scaling.CAPACITY_PROVIDER_STRATEGIES,
        "deployment_alarms": alarms.DEPLOYMENT_ALARMS,
        "operational_alarms": alarms.OPERATIONAL_ALARMS,
        **notification.NOTIFICATION,
        # A shell in a running task leaves no revision behind.
        "enable_execute_command": Key(Flag(plain=True), default=False),
        "waivers": waivers.WAIVERS,
    }
)
