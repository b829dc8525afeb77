"""`FargateService`: an ECS service on Fargate whose defaults are the safe ones."""

from datetime import UTC, datetime
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Output

from . import alarms, load_balancing, names, network, roles, service, task, validation
from .args import FargateServiceArgs
from .guard import Guard
from .policies import Surroundings
from .reading import when_known
from .settings import Settings

TOKEN = "failwell:index:FargateService"  # noqa: S105 - Pulumi's word for the name of a type


class FargateService(pulumi.ComponentResource):
    """A hardened ECS service on Fargate, behind a listener of an existing load balancer or, as a worker, without one.

    It makes the log group, both roles, the task definition, the security group, and with a load balancer the target
    group, a listener rule and the alarms that roll back a bad deployment. Raises `ArgumentError` before any is made.

    Its own options reach the children as with any component: `transforms` see each of them, `provider` is theirs too.
    """

    service_name: Output[str]
    """The service's name in ECS."""
    service_arn: Output[str]
    """The service's ARN."""
    cluster_name: Output[str]
    """The name of its cluster."""
    task_definition_arn: Output[str]
    """The ARN of the revision that this update asked for."""
    task_definition_family: Output[str]
    """The family of the task definitions."""
    task_definition_revision: Output[int]
    """The revision that this update asked for."""
    image_digest: Output[str | None]
    """The image's digest, where `image` names one."""
    container_name: Output[str]
    """The name of the container in the task definition."""
    container_port: Output[int | None]
    """The port on which the container listens; none for a worker."""
    execution_role_arn: Output[str]
    """The role that ECS takes to start a task."""
    task_role_arn: Output[str]
    """The role that the program in a task takes."""
    security_group_id: Output[str]
    """The security group of the tasks."""
    target_group_arn: Output[str | None]
    """The target group that the tasks register with; none for a worker."""
    target_group_arn_suffix: Output[str | None]
    """The target group as CloudWatch's dimension `TargetGroup` wants it; none for a worker."""
    listener_arn: Output[str | None]
    """The listener that has the rule; none for a worker."""
    log_group_name: Output[str]
    """The log group of the containers."""
    deployment_alarm_names: Output[list[str]]
    """The alarms that roll back a deployment."""
    deployment_strategy: Output[str]
    """How a new revision replaces the previous one: `ROLLING`."""
    expected_settle_minutes: Output[int]
    """How many minutes a good deployment takes at most."""
    waivers: Output[list[dict[str, str]]]
    """The hardening defaults that may fail: `control`, `reason` and `expires` of each."""

    def __init__(self, name: str, args: FargateServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = validation.read(name, args)
        super().__init__(TOKEN, name, {}, opts)
        outputs = self._make(name, settings)
        for output, value in outputs.items():
            setattr(self, output, Output.from_input(value))
        self.register_outputs({output: getattr(self, output) for output in outputs})

    def _make(self, name: str, settings: Settings) -> dict[str, Any]:
        """Make the children, each after what it needs, and return the outputs."""
        watched = Guard(settings.cluster_and_service, settings.waivers, datetime.now(UTC).date()).options()
        child = pulumi.ResourceOptions.merge(watched, pulumi.ResourceOptions(parent=self))
        invoke = pulumi.InvokeOutputOptions(parent=self)
        surroundings = _surroundings(invoke)

        log_group = aws.cloudwatch.LogGroup(
            f"{name}-log-group",
            name=settings.log_group_name,
            retention_in_days=settings.log_retention_in_days,
            tags=settings.tags,
            opts=child,
        )
        made_roles = roles.make(name, settings, surroundings, child)
        made_network = network.make(name, settings, child, invoke)
        definition = task.make(name, settings, made_roles, surroundings.apply(lambda known: known.region), child)
        balancing, made_alarms = self._balance(name, settings, child)
        # Without these the first tasks would fail: no way out, no permission, nowhere to log, no listener.
        # And the alarms must exist before a deployment names them.
        needed: list[pulumi.Resource] = [
            log_group,
            made_roles.execution_policy,
            *made_network.rules,
            *made_alarms.resources,
        ]
        needed += [balancing.rule] if balancing else []
        service_options = pulumi.ResourceOptions.merge(watched, service.options(settings, self, needed))
        made = service.make(name, settings, definition, made_network, balancing, made_alarms, service_options)
        return {
            "service_name": made.name,
            "service_arn": made.arn,
            "cluster_name": settings.cluster_name,
            "task_definition_arn": definition.arn,
            "task_definition_family": definition.family,
            "task_definition_revision": definition.revision,
            "image_digest": task.image_digest(settings),
            "container_name": task.CONTAINER_NAME,
            "container_port": settings.container_port,
            "execution_role_arn": made_roles.execution.arn,
            "task_role_arn": made_roles.task.arn,
            "security_group_id": made_network.group.id,
            "target_group_arn": balancing.target_group.arn if balancing else None,
            "target_group_arn_suffix": balancing.target_group.arn_suffix if balancing else None,
            "listener_arn": settings.load_balancer.listener_arn if settings.load_balancer else None,
            "log_group_name": log_group.name,
            "deployment_alarm_names": made_alarms.names,
            "deployment_strategy": "ROLLING",
            "expected_settle_minutes": service.settle_minutes(settings),
            "waivers": [
                {"control": each.control, "reason": each.reason, "expires": str(each.expires)}
                for each in settings.waivers
            ],
        }

    def _balance(
        self, name: str, settings: Settings, child: pulumi.ResourceOptions
    ) -> tuple[load_balancing.LoadBalancing | None, alarms.DeploymentAlarms]:
        if settings.load_balancer is None:
            return None, alarms.only_extra(settings)
        balancing = load_balancing.make(name, settings, settings.load_balancer, child)
        load_balancer = when_known(names.load_balancer_suffix, listener_arn=settings.load_balancer.listener_arn)
        return balancing, alarms.make(name, settings, load_balancer, balancing.target_group.arn_suffix, child)


def _surroundings(invoke: pulumi.InvokeOutputOptions) -> Output[Surroundings]:
    """Ask the component's own provider where it is; nothing about partition, region or account is assumed."""
    inputs = Output.all(
        partition=aws.get_partition_output(opts=invoke).partition,
        region=aws.get_region_output(opts=invoke).region,
        account=aws.get_caller_identity_output(opts=invoke).account_id,
    )
    return inputs.apply(lambda known: Surroundings(**known))
