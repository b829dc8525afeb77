"""A web service on Graviton, for an image that was built for 64-bit ARM: less money for the same work."""

import pulumi
from failwell import FargateService

config = pulumi.Config()

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
        "cpu_architecture": "ARM64",
        "container_port": 5001,
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "load_balancer": {
            "listener_arn": config.require("listener_arn"),
            "load_balancer_security_group_id": config.require("load_balancer_security_group_id"),
            "listener_priority": 100,
            "path_patterns": ["/*"],
        },
    },
)

pulumi.export("task_definition_arn", shop.task_definition_arn)
