"""`FargateService`: an ECS service on Fargate whose defaults are the safe ones."""

from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from . import (
    advice,
    alarms,
    encryption,
    load_balancing,
    logs,
    network,
    notification,
    operational_alarms,
    owned_load_balancer,
    pace,
    roles,
    scaling,
    service,
    task,
    validation,
)
from . import listener as listening
from .args import FargateServiceArgs
from .container import APP
from .given import waivers
from .guard import Guard
from .policies import Surroundings
from .settings import Settings

TOKEN = "failwell:index:FargateService"  # noqa: S105 - Pulumi's word for the name of a type

HARDENING_PROFILE_VERSION = "1"
"""Goes up when a default, or what is refused, changes."""
_BALANCED = (
    "target_group_arn",
    "target_group_arn_suffix",
    "alternate_target_group_arn",
    "load_balancer_arn",
    "load_balancer_dns_name",
    "load_balancer_zone_id",
    "listener_arn",
    "url",
)


class FargateService(pulumi.ComponentResource):
    """A hardened ECS service on Fargate: behind an existing load balancer, behind one of its own, or as a worker.

    It makes the log group, the roles, the task definition, the security group, the news of failed deployments with
    their key, and with a load balancer the target groups, rules and the alarms that roll back a bad deployment. Raises
    `ArgumentError` before any is made.

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
    alternate_target_group_arn: Output[str | None]
    """The target group that requests move to and from; with a strategy other than ROLLING."""
    load_balancer_arn: Output[str | None]
    """The load balancer, where it was made here."""
    load_balancer_dns_name: Output[str | None]
    """Its host name."""
    load_balancer_zone_id: Output[str | None]
    """The hosted zone that an alias record names for it."""
    listener_arn: Output[str | None]
    """The listener that has the rule; none for a worker."""
    url: Output[str | None]
    """Where clients find the service, where its load balancer was made here."""
    log_group_name: Output[str]
    """The log group of the containers."""
    deployment_alarm_names: Output[list[str]]
    """The alarms that roll back a deployment."""
    operational_alarm_names: Output[list[str]]
    """The alarms that only tell people."""
    event_rule_arn: Output[str]
    """The rule for failed deployments of this service."""
    notification_topic_arn: Output[str]
    """The topic that is told."""
    dead_letter_queue_url: Output[str]
    """The queue of events that could not be delivered."""
    kms_key_arn: Output[str | None]
    """The key of the topic and, unless another was given, the log group."""
    deployment_strategy: Output[str]
    """How a new revision replaces the previous one: `ROLLING`, `BLUE_GREEN`, `CANARY` or `LINEAR`."""
    expected_settle_minutes: Output[int]
    """How many minutes a good deployment takes at most."""
    hardening_profile_version: Output[str]
    """The version of the defaults, and of what is refused."""
    waivers: Output[list[dict[str, str]]]
    """The hardening defaults that may fail: `control`, `reason` and `expires` of each."""

    def __init__(self, name: str, args: FargateServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = validation.read(name, args)
        super().__init__(TOKEN, name, {}, opts)
        for sentence in advice.advice(settings):
            pulumi.log.warn(sentence, resource=self)
        outputs = self._make(name, settings)
        for output, value in outputs.items():
            setattr(self, output, Output.from_input(value))
        self.register_outputs({output: getattr(self, output) for output in outputs})

    def _make(self, name: str, settings: Settings) -> dict[str, Any]:
        """Make the children, each after what it needs, and return the outputs."""
        watched = Guard(settings.cluster_and_service, settings.waivers, waivers.today()).options()
        child = pulumi.ResourceOptions.merge(watched, pulumi.ResourceOptions(parent=self))
        invoke = pulumi.InvokeOutputOptions(parent=self)
        surroundings = _surroundings(settings.region, invoke)

        keys = encryption.make(name, settings, surroundings, child)
        log_group = logs.make(name, settings, keys.log_key_arn, child)
        news = notification.make(name, settings, surroundings, keys.key_arn, child)
        made_roles = roles.make(name, settings, surroundings, child)
        listener = self._listener(name, settings, child, invoke)
        made_network = network.make(name, settings, listener.security_group_id if listener else None, child, invoke)
        region = surroundings.apply(lambda known: known.region)
        definition = task.make(name, settings, made_roles, region, child, invoke)
        balancing, made_alarms = self._balance(name, settings, listener, news, child)
        operational = operational_alarms.make(name, settings, news.topic_arn, child)
        # Without these the first tasks would fail: no way out, no permission, nowhere to log, no listener.
        # And the alarms must exist before a deployment names them.
        needed: list[pulumi.Resource] = [
            log_group,
            *made_roles.policies,
            *made_network.rules,
            *made_alarms.resources,
            *news.resources,
        ]
        if balancing:
            needed += balancing.resources
            if balancing.listener.load_balancer:
                needed.append(
                    owned_load_balancer.allow_out(name, settings, balancing.listener, made_network.group.id, child)
                )
        parts = service.Parts(definition, made_network, balancing, made_alarms, made_roles)
        service_options = pulumi.ResourceOptions.merge(watched, service.options(settings, self, needed))
        made = service.make(name, settings, parts, service_options)
        if settings.autoscaling:
            scaling.make(name, settings, settings.autoscaling, balancing, made, child)
        return {
            "service_name": made.name,
            "service_arn": made.arn,
            "cluster_name": settings.cluster_name,
            "task_definition_arn": definition.arn,
            "task_definition_family": definition.family,
            "task_definition_revision": definition.revision,
            "image_digest": task.image_digest(settings),
            "container_name": APP,
            "container_port": settings.container_port,
            "execution_role_arn": made_roles.execution_arn,
            "task_role_arn": made_roles.task_arn,
            "security_group_id": made_network.group.id,
            "log_group_name": log_group.name,
            "deployment_alarm_names": made_alarms.names,
            "operational_alarm_names": operational,
            "event_rule_arn": news.rule_arn,
            "notification_topic_arn": news.topic_arn,
            "dead_letter_queue_url": news.dead_letter_queue_url,
            "kms_key_arn": keys.key_arn,
            "deployment_strategy": settings.deployment.strategy,
            "expected_settle_minutes": pace.settle_minutes(settings),
            "hardening_profile_version": HARDENING_PROFILE_VERSION,
            "waivers": waivers.shown(settings.waivers),
            **_load_balancing_outputs(settings, balancing),
        }

    def _listener(
        self, name: str, settings: Settings, child: pulumi.ResourceOptions, invoke: pulumi.InvokeOutputOptions
    ) -> listening.Listener | None:
        balancer = settings.load_balancer
        if balancer is None:
            return None
        return listening.existing(balancer) or owned_load_balancer.make(name, settings, balancer, child, invoke)

    def _balance(
        self,
        name: str,
        settings: Settings,
        listener: listening.Listener | None,
        news: notification.Notification,
        child: pulumi.ResourceOptions,
    ) -> tuple[load_balancing.LoadBalancing | None, alarms.DeploymentAlarms]:
        if settings.load_balancer is None or listener is None:
            return None, alarms.only_extra(settings)
        balancing = load_balancing.make(name, settings, settings.load_balancer, listener, child)
        watched = alarms.Watched(listener.load_balancer_suffix, balancing.target_groups)
        return balancing, alarms.make(name, settings, watched, news.topic_arn, child)


def _load_balancing_outputs(settings: Settings, balancing: load_balancing.LoadBalancing | None) -> dict[str, Any]:
    """Return the outputs that a worker does not have."""
    outputs: dict[str, Any] = dict.fromkeys(_BALANCED)
    if balancing is None:
        return outputs
    outputs["target_group_arn"] = balancing.target_group.arn
    outputs["target_group_arn_suffix"] = balancing.target_group.arn_suffix
    outputs["alternate_target_group_arn"] = balancing.alternate.arn if balancing.alternate else None
    outputs["listener_arn"] = balancing.listener.arn
    if made := balancing.listener.load_balancer:
        outputs["load_balancer_arn"] = made.arn
        outputs["load_balancer_dns_name"] = made.dns_name
        outputs["load_balancer_zone_id"] = made.zone_id
    outputs["url"] = _url(settings, balancing.listener)
    return outputs


def _url(settings: Settings, listener: listening.Listener) -> Output[str | None]:
    """Return where clients find the service: its first host name, or that of its own load balancer."""
    hosts = settings.load_balancer.host_headers if settings.load_balancer else None
    fallback = listener.load_balancer.dns_name if listener.load_balancer else None

    def url(known: dict[str, Any]) -> str | None:
        plain = [host for host in known["hosts"] or [] if "*" not in host and "?" not in host]
        host = plain[0] if plain else known["fallback"]
        return f"https://{host}" if host and known["fallback"] else None

    return Output.all(hosts=hosts, fallback=fallback).apply(url)


def _surroundings(region: Input[str] | None, invoke: pulumi.InvokeOutputOptions) -> Output[Surroundings]:
    """Ask the component's own provider where it is, unless it was told the region; nothing is assumed."""
    inputs = Output.all(
        partition=aws.get_partition_output(opts=invoke).partition,
        region=aws.get_region_output(opts=invoke).region if region is None else region,
        account=aws.get_caller_identity_output(opts=invoke).account_id,
    )
    return inputs.apply(lambda known: Surroundings(**known))
