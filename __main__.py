"""The example: a web service on ECS Fargate, and whatever it is not given; `Pulumi.yaml` explains its settings."""

import re
from typing import Any

import pulumi
import pulumi_aws as aws

from components import Cluster, FargateService, Repository
from example import load_balancer, network

config = pulumi.Config()
name = config.require("service_name")


def place() -> dict[str, Any]:
    """Return the network and its private subnets: the given ones, or new ones."""
    vpc_id, subnet_ids = config.require("vpc_id"), config.require_object("subnet_ids")
    if bool(vpc_id) != bool(subnet_ids):
        raise pulumi.RunError("vpc_id and subnet_ids belong together: give both, or neither for a new network")
    if vpc_id:
        return {"vpc_id": vpc_id, "subnet_ids": subnet_ids}
    way_out = config.require("way_out")
    if way_out not in {"nat", "endpoints"}:
        raise pulumi.RunError(f"way_out is `{way_out}`: write nat or endpoints")
    made = network.make(name, config.require("vpc_cidr_block"), nat_gateways=way_out == "nat")
    return {"vpc_id": made.vpc_id, "subnet_ids": made.subnet_ids}


def cluster() -> dict[str, Any]:
    """Return the cluster: the given one, or a new one of the service's name."""
    if arn := config.require("cluster_arn"):
        return {"cluster_arn": arn}
    return {"cluster_arn": Cluster(name, {}).cluster_arn, "cluster_name": name}


def image() -> dict[str, Any]:
    """Return the image; `shop:good-1` is in a new repository, or in the ECR of the stack's account and region."""
    reference = config.require("image")
    registry, slash, _ = reference.partition("/")
    full = slash and (re.search(r"[.:]", registry) or registry == "localhost")
    if config.require_bool("create_repository"):
        repository, colon, tag = reference.partition(":")
        if full or not colon:
            raise pulumi.RunError(f"image is `{reference}`: with create_repository write it as repository:tag")
        made = Repository(name, {"repository_name": repository})
        pulumi.export("repository_url", made.repository_url)
        return {
            "image": pulumi.Output.concat(made.repository_url, ":", tag),
            "image_repository_arn": made.repository_arn,
        }
    if full:
        return {"image": reference}
    account, region = aws.get_caller_identity().account_id, aws.get_region().region
    return {"image": f"{account}.dkr.ecr.{region}.{aws.get_partition().dns_suffix}/{reference}"}


def balancer(where: dict[str, Any]) -> dict[str, Any]:
    """Return the load balancer: an existing listener, with a certificate one of the service's own, or internal HTTP."""
    paths = {"path_patterns": config.require_object("path_patterns")}
    rule = {**paths, "listener_priority": config.require_int("listener_priority")}
    if listener_arn := config.require("listener_arn"):
        group = config.require("load_balancer_security_group_id")
        return {**rule, "listener_arn": listener_arn, "load_balancer_security_group_id": group}
    if certificate_arn := config.require("certificate_arn"):
        protection = config.require_bool("deletion_protection")
        return {**paths, "certificate_arn": certificate_arn, "deletion_protection": protection}
    made = load_balancer.make(name, where["vpc_id"], where["subnet_ids"], config.require_int("container_port"))
    pulumi.export("load_balancer_dns_name", made.dns_name)
    return {**rule, "listener_arn": made.arn, "load_balancer_security_group_id": made.security_group_id}


where = place()
arguments: Any = {
    **where,
    **cluster(),
    **image(),
    "service_name": name,
    "container_port": config.require_int("container_port"),
    "environment": config.require_object("environment"),
    "secrets": config.require_object("secrets"),
    "cpu": config.require_int("cpu"),
    "memory": config.require_int("memory"),
    "cpu_architecture": config.require("cpu_architecture"),
    "desired_count": config.require_int("desired_count"),
    "log_retention_in_days": config.require_int("log_retention_days"),
    "load_balancer": balancer(where),
    "target_group": {"health_check": {"path": config.require("health_check_path")}},
    "deployment": {
        "health_check_grace_period_seconds": config.require_int("health_check_grace_period_seconds"),
    },
    "notification_emails": config.require_object("notification_emails"),
    "waivers": config.require_object("waivers"),
}
service = FargateService("shop", arguments)

pulumi.export("service_name", service.service_name)
pulumi.export("cluster_name", service.cluster_name)
pulumi.export("task_definition_arn", service.task_definition_arn)
pulumi.export("listener_arn", service.listener_arn)
pulumi.export("log_group_name", service.log_group_name)
pulumi.export("deployment_alarm_names", service.deployment_alarm_names)
pulumi.export("notification_topic_arn", service.notification_topic_arn)
pulumi.export("url", service.url)
