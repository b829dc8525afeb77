"""The example: a web service on ECS Fargate behind an existing load balancer; `Pulumi.yaml` explains its settings."""

import re

import pulumi
import pulumi_aws as aws

from components import FargateService


def full_reference(image: str) -> str:
    """Return `shop:good-1` as an image in the ECR of the stack's account and region; one with a registry stays."""
    registry, slash, _ = image.partition("/")
    if slash and (re.search(r"[.:]", registry) or registry == "localhost"):
        return image
    account, region = aws.get_caller_identity().account_id, aws.get_region().region
    return f"{account}.dkr.ecr.{region}.{aws.get_partition().dns_suffix}/{image}"


config = pulumi.Config()

service = FargateService(
    "shop",
    {
        "service_name": config.require("service_name"),
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "image": full_reference(config.require("image")),
        "container_port": config.require_int("container_port"),
        "environment": config.require_object("environment"),
        "secrets": config.require_object("secrets"),
        "cpu": config.require_int("cpu"),
        "memory": config.require_int("memory"),
        "cpu_architecture": config.require("cpu_architecture"),
        "desired_count": config.require_int("desired_count"),
        "log_retention_in_days": config.require_int("log_retention_days"),
        "load_balancer": {
            "listener_arn": config.require("listener_arn"),
            "load_balancer_security_group_id": config.require("load_balancer_security_group_id"),
            "listener_priority": config.require_int("listener_priority"),
            "path_patterns": config.require_object("path_patterns"),
        },
        "target_group": {"health_check": {"path": config.require("health_check_path")}},
        "deployment": {
            "health_check_grace_period_seconds": config.require_int("health_check_grace_period_seconds"),
        },
    },
)

pulumi.export("service_name", service.service_name)
pulumi.export("cluster_name", service.cluster_name)
pulumi.export("task_definition_arn", service.task_definition_arn)
pulumi.export("listener_arn", service.listener_arn)
pulumi.export("log_group_name", service.log_group_name)
pulumi.export("deployment_alarm_names", service.deployment_alarm_names)
