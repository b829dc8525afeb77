"""A web service whose number of tasks follows the load, and is ready for the morning before the load is there."""

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
            "path_patterns": ["/shop/*"],
        },
        "autoscaling": {
            "min_capacity": 2,
            "max_capacity": 20,
            "cpu_target": 60,
            "requests_per_target": 1000,
            "scheduled_actions": [
                {
                    "name": "morning",
                    "schedule": "cron(30 6 ? * MON-FRI *)",
                    "timezone": "Europe/Berlin",
                    "min_capacity": 6,
                },
                {
                    "name": "evening",
                    "schedule": "cron(0 20 ? * MON-FRI *)",
                    "timezone": "Europe/Berlin",
                    "min_capacity": 2,
                },
            ],
        },
    },
)

pulumi.export("service_name", shop.service_name)
