"""A web service whose new revision gets a tenth of the requests first, and the others when its alarms stay silent."""

import pulumi
from failwell import FargateService

config = pulumi.Config()

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
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
        "deployment": {
            "strategy": "CANARY",
            "canary": {"percent": 10, "bake_time_in_minutes": 10},
            "bake_time_in_minutes": 5,
        },
    },
)

pulumi.export("deployment_strategy", shop.deployment_strategy)
