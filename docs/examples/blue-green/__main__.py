"""A web service that changes all at once: the new revision stands beside the old one, then gets every request."""

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
        # For ten minutes the old revision stays, and takes the requests back if an alarm goes off.
        "deployment": {"strategy": "BLUE_GREEN", "bake_time_in_minutes": 10},
    },
)

pulumi.export("deployment_strategy", shop.deployment_strategy)
